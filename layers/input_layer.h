// InputLayer: says what a net's inputs are, and hands them on.
//
// Keras puts one in front of a net that it saves. Here it is a layer like others, at position 0 of
// its chain; inputs of another shape, or of another dtype than one that is given, are refused where
// they come in. Read before: layer_of.h.
#pragma once

#include <utility>

#include <reel/layers/base/layer_of.h>

namespace reel {

struct InputLayerOptions {
  std::optional<Shape> input_shape = {};  ///< without the batch; extents may be unknown. None: any
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
};

class InputLayer : public LayerOf<InputLayer, InputLayerOptions> {
 public:
  explicit InputLayer(Options options = {});
  explicit InputLayer(EmptyBraces) : InputLayer() {}

  Tensor call(const Tensor& x, const Call&) override { return x; }
  std::optional<Index> flops(std::span<const Tensor>, const Tensor&) const override { return 0; }

 protected:
  Shape output_shape(const Shape& input) const override { return input; }
};

}  // namespace reel
