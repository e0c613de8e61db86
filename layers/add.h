// Add: the sum of several inputs.
//
// Their shapes broadcast: `sum({x, shortcut})`. Read before: layer.h.
#pragma once

#include <reel/layers/base/config.h>
#include <reel/layers/base/layer.h>

namespace reel {

struct AddOptions {
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

class Add : public Layer {
 public:
  using Options = AddOptions;

  explicit Add(const Options& options = {}) : Layer(layer_options(options)), options_(options) {}

  /// The layer that a config describes. TypeError for an entry that is no argument.
  static Add from_config(const Config& config);

  const Options& options() const { return options_; }
  Config get_config() const override;

  /// ValueError for fewer than two inputs, or shapes that do not broadcast.
  using Layer::call;
  Tensor call(std::span<const Tensor> xs, const Call& call) override;
  Tensor call(const Tensor& x, const Call& call) override;

  using Layer::compute_output_shape;
  Shape compute_output_shape(std::span<const Shape> inputs) const override;

 private:
  Options options_;
};

}  // namespace reel
