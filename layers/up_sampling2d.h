// UpSampling2D: more rows and columns, repeated or interpolated.
//
// Read before: layer.h, core/ops/pooling.h (`upsample2d`).
#pragma once

#include <reel/core/ops/pooling.h>
#include <reel/layers/base/config.h>
#include <reel/layers/base/layer.h>

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

class UpSampling2D : public Layer {
 public:
  using Options = UpSampling2DOptions;

  /// ValueError for a size below 1, an unknown data format or interpolation.
  explicit UpSampling2D(Options options = {});

  /// The layer that a config describes. TypeError for an entry that is no argument.
  static UpSampling2D from_config(const Config& config);

  const Options& options() const { return options_; }
  Config get_config() const override;

  /// x of shape (N, H, W, C) -> (N, size H, size W, C).
  using Layer::call;
  Tensor call(const Tensor& x, const Call& call) override;

  using Layer::compute_output_shape;
  Shape compute_output_shape(const Shape& input) const override;

 private:
  Options options_;
};

}  // namespace reel
