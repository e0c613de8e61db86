// Concatenate: several inputs one after the other along an axis.
//
// Read before: layer.h.
#pragma once

#include <reel/layers/base/config.h>
#include <reel/layers/base/layer.h>

namespace reel {

struct ConcatenateOptions {
  int axis = -1;
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

class Concatenate : public Layer {
 public:
  using Options = ConcatenateOptions;

  explicit Concatenate(const Options& options = {})
      : Layer(layer_options(options)), options_(options) {}

  /// The layer that a config describes. TypeError for an entry that is no argument.
  static Concatenate from_config(const Config& config);

  const Options& options() const { return options_; }
  Config get_config() const override;

  /// ValueError for fewer than two inputs, an axis out of range, or shapes that differ elsewhere.
  using Layer::call;
  Tensor call(std::span<const Tensor> xs, const Call& call) override;
  Tensor call(const Tensor& x, const Call& call) override;

  using Layer::compute_output_shape;
  Shape compute_output_shape(std::span<const Shape> inputs) const override;

 private:
  Options options_;
};

}  // namespace reel
