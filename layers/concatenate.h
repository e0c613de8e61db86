// Concatenate: several inputs one after the other along an axis.
//
// Read before: layer_of.h.
#pragma once

#include <reel/layers/base/layer_of.h>

namespace reel {

struct ConcatenateOptions {
  int axis = -1;
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

class Concatenate : public LayerOf<Concatenate, ConcatenateOptions> {
 public:
  explicit Concatenate(Options options = {}) : LayerOf(std::move(options)) {}
  explicit Concatenate(EmptyBraces) : Concatenate() {}

  /// ValueError for fewer than two inputs, an axis out of range, or shapes that differ elsewhere.
  Tensor call(std::span<const Tensor> xs, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor>, const Tensor&) const override { return 0; }

  using LayerOf::compute_output_shape;
  Shape compute_output_shape(std::span<const Shape> inputs) const override;

 protected:
  Shape output_shape(const Shape& input) const override {
    return compute_output_shape(std::span(&input, 1));
  }
};

}  // namespace reel
