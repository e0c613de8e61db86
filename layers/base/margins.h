// Margins: how many rows and columns at each side of an image.
//
// Read before: window_options.h. Read next: zero_padding2d.h, cropping2d.h.
#pragma once

#include <reel/core/ops/window_options.h>

namespace reel {

/// How many rows and columns on each side: `1`, `{1, 2}` (rows, columns on both sides) or
/// `{{1, 0}, {2, 2}}` ((top, bottom), (left, right)).
struct Margins {
  Margins(int all) : Margins(all, all) {}
  Margins(int rows, int columns) : Margins(Pair(rows), Pair(columns)) {}
  Margins(const Pair& top_bottom, const Pair& left_right)
      : top(top_bottom.rows),
        bottom(top_bottom.columns),
        left(left_right.rows),
        right(left_right.columns) {}
  int top, bottom, left, right;
  friend bool operator==(const Margins&, const Margins&) = default;
};

}  // namespace reel
