// Flatten: all axes but the batch in one.
//
// With channels_first the channels are moved to the end before, so that a net's weights do not
// depend on its data format. Read before: layer.h.
#pragma once

#include <reel/core/ops/window_options.h>
#include <reel/layers/base/config.h>
#include <reel/layers/base/layer.h>

namespace reel {

struct FlattenOptions {
  DataFormat data_format = "channels_last";
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

class Flatten : public Layer {
 public:
  using Options = FlattenOptions;

  /// ValueError for an unknown data format.
  explicit Flatten(Options options = {});

  /// The layer that a config describes. TypeError for an entry that is no argument.
  static Flatten from_config(const Config& config);

  const Options& options() const { return options_; }
  Config get_config() const override;

  /// x of shape (N, ...) -> (N, product of the rest); (N,) -> (N, 1).
  using Layer::call;
  Tensor call(const Tensor& x, const Call& call) override;

  using Layer::compute_output_shape;
  Shape compute_output_shape(const Shape& input) const override;

 private:
  Options options_;
};

}  // namespace reel
