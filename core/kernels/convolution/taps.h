// The plain structs of window geometry, for kernels that may include nothing else; window_taps.h
// makes them and says what they mean.
#pragma once

#include <reel/core/dtype.h>

namespace reel::kernels {

/// begin, begin + 1, ..., end - 1.
struct Range {
  Index begin = 0, end = 0;
  Index size() const { return end - begin; }
};

/// The pairs (other + i * other_step, tap + i * tap_step), i < count, that meet at one position;
/// `other` is a position on the axis's other side and ascends.
struct Taps {
  Index other = 0, other_step = 1;
  Index tap = 0, tap_step = 1;
  Index count = 0;
};

/// Positions begin, begin + step, ... (count of them) that meet the same taps; `taps` are those of
/// the first one, and from each to the next `other` grows by `advance`.
struct Segment {
  Index begin = 0, step = 1, count = 0;
  Index advance = 1;
  Taps taps;
};
}  // namespace reel::kernels
