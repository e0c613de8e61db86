// layers::Activation: an activation as a layer of its own.
//
// It bears the name that Keras gives it, and so does its automatic name, `activation`. The value
// type reel::Activation has the same name; the layer therefore stands in namespace `layers`, beside
// the functional forms, and reads as in Keras: `net.add<layers::Activation>("relu")`.
// Read before: activations.h, layer.h.
#pragma once

#include <type_traits>
#include <utility>

#include <reel/layers/base/layer_of.h>
#include <reel/layers/functions/activations.h>

namespace reel::layers {

struct ActivationOptions {
  reel::Activation activation = {};
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

class Activation : public LayerOf<Activation, ActivationOptions> {
 public:
  /// ValueError for an unknown name.
  explicit Activation(Options options);
  /// `layers::Activation("relu")`; a template, so that braces always mean the options.
  template <class F>
  requires(std::is_convertible_v<F, reel::Activation> &&
           !std::is_convertible_v<F, Options>) explicit Activation(F&& activation)
      : Activation(Options{.activation = std::forward<F>(activation)}) {}
  explicit Activation(Tensor (*op)(const Operand& x)) : Activation(Options{.activation = op}) {}

  Tensor call(const Tensor& x, const Call&) override { return options_.activation(x); }
  std::optional<Index> flops(std::span<const Tensor> xs, const Tensor& y) const override;

 protected:
  Shape output_shape(const Shape& input) const override { return input; }
};

}  // namespace reel::layers
