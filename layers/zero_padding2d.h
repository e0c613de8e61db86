// ZeroPadding2D: rows and columns of zeros around each image.
//
// Read before: layer_of.h, shape_ops.h (`pad`).
#pragma once

#include <reel/core/ops/window_options.h>
#include <reel/layers/base/layer_of.h>

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

struct ZeroPadding2DOptions {
  Margins padding = 1;
  DataFormat data_format = "channels_last";
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

class ZeroPadding2D : public LayerOf<ZeroPadding2D, ZeroPadding2DOptions> {
 public:
  /// ValueError for a negative margin or an unknown data format.
  explicit ZeroPadding2D(Options options = {});
  explicit ZeroPadding2D(EmptyBraces) : ZeroPadding2D() {}

  /// x of shape (N, H, W, C) -> (N, top + H + bottom, left + W + right, C).
  Tensor call(const Tensor& x, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor>, const Tensor&) const override { return 0; }

 protected:
  Shape output_shape(const Shape& input) const override;
};

}  // namespace reel
