// FoldedLayer: a layer that is linear in its kernel, together with what follows it in a chain.
//
// Invariant: kernels, bias and activation make, in inference, the result of all that was taken in
// so far. The numbers are float64 until they are asked for, so that they are rounded once. What it
// becomes is a config and weights: of the classes it knows only which kernel makes the channels.
// Read before: fold_batch_normalization.h, config.h. Read next: folded_layer.cpp,
// fold_batch_normalization.cpp.
#pragma once

#include <optional>
#include <typeinfo>
#include <vector>

#include <reel/core/runtime/config.h>
#include <reel/layers/batch_normalization.h>

namespace reel::detail {

class FoldedLayer {
 public:
  /// The layer alone; none for one of a class that is not linear, or with an activation.
  static std::optional<FoldedLayer> of(const Layer& layer);

  /// Takes in what follows. False, and nothing changes, where it cannot: `next` is nothing that can
  /// be folded, is about another axis, or would leave a number that is not finite.
  bool take(const BatchNormalization& next);
  /// Takes in an activation layer, and with it whatever could follow. False for other layers.
  bool take_activation(const Layer& next);

  /// Of a layer that does all of it, and its weights as `set_weights` takes them.
  Config config() const;
  std::vector<Tensor> weights() const;

 private:
  /// The last of the kernels makes the channels; a number for each, in the shape `per_channel`,
  /// multiplies it.
  FoldedLayer(const auto& layer, std::vector<Variable> kernels, const Shape& per_channel,
              int channel_axis);

  Config config_;
  DType dtype_;
  std::vector<Tensor> kernels_;
  Tensor bias_;  // (channels,)
  Shape per_channel_;
  int channel_axis_;  // of the result
};

/// The layer as one of exactly that class, which no override can have changed; else null.
template <class Exactly>
const Exactly* exactly(const Layer& layer) {
  return typeid(layer) == typeid(Exactly) ? static_cast<const Exactly*>(&layer) : nullptr;
}

}  // namespace reel::detail
