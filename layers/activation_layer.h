// layers::Activation: an activation as a layer of its own.
//
// It bears the name that Keras gives it, and so does its automatic name, `activation`. The value
// type reel::Activation has the same name; the layer therefore stands in namespace `layers`, beside
// the functional forms, and reads as in Keras: `net.add<layers::Activation>("relu")`.
// Read before: activations.h, layer.h.
#pragma once

#include <reel/layers/activations.h>
#include <reel/layers/config.h>
#include <reel/layers/layer.h>

namespace reel::layers {

struct ActivationOptions {
  reel::Activation activation = {};
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

class Activation : public Layer {
 public:
  using Options = ActivationOptions;

  /// ValueError for an unknown name.
  explicit Activation(Options options);
  explicit Activation(const reel::Activation& activation)
      : Activation(Options{.activation = activation}) {}

  /// The layer that a config describes. TypeError for an entry that is no argument.
  static Activation from_config(const Config& config);

  const Options& options() const { return options_; }
  Config get_config() const override;

  using Layer::call;
  Tensor call(const Tensor& x, const Call& call) override;

  using Layer::compute_output_shape;
  Shape compute_output_shape(const Shape& input) const override { return input; }

 private:
  Options options_;
};

}  // namespace reel::layers
