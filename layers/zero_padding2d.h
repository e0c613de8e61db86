// ZeroPadding2D: rows and columns of zeros around each image.
//
// Read before: layer_of.h, margins.h, shape_ops.h (`pad`). Read next: cropping2d.h.
#pragma once

#include <reel/layers/base/layer_of.h>
#include <reel/layers/base/margins.h>

namespace reel {

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
