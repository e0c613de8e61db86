// UpSampling2D: more rows and columns, repeated or interpolated.
//
// Read before: layer_of.h, pooling.h (`upsample2d`).
#pragma once

#include <reel/core/ops/pooling.h>
#include <reel/layers/base/layer_of.h>

namespace reel {

struct UpSampling2DOptions {
  Pair size = 2;  ///< how many times as many rows and columns
  DataFormat data_format = "channels_last";
  std::string interpolation = "nearest";  ///< or "bilinear"
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

class UpSampling2D : public LayerOf<UpSampling2D, UpSampling2DOptions> {
 public:
  /// ValueError for a size below 1, an unknown data format or interpolation.
  explicit UpSampling2D(Options options = {});
  explicit UpSampling2D(EmptyBraces) : UpSampling2D() {}

  /// x of shape (N, H, W, C) -> (N, size H, size W, C).
  Tensor call(const Tensor& x, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor>, const Tensor& y) const override {
    return options_.interpolation == "bilinear" ? 7 * y.size() : 0;  // four products, three sums
  }

 protected:
  Shape output_shape(const Shape& input) const override;
};

}  // namespace reel
