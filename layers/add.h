// Add: the sum of several inputs.
//
// Their shapes broadcast: `sum({x, shortcut})`. Read before: layer_of.h.
#pragma once

#include <reel/layers/base/layer_of.h>

namespace reel {

struct AddOptions {
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

class Add : public LayerOf<Add, AddOptions> {
 public:
  explicit Add(Options options = {}) : LayerOf(std::move(options)) {}
  explicit Add(EmptyBraces) : Add() {}

  /// ValueError for fewer than two inputs, or shapes that do not broadcast.
  Tensor call(std::span<const Tensor> xs, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor> xs, const Tensor& y) const override {
    return (static_cast<Index>(xs.size()) - 1) * y.size();
  }

  using LayerOf::compute_output_shape;
  Shape compute_output_shape(std::span<const Shape> inputs) const override;

 protected:
  Shape output_shape(const Shape& input) const override {
    return compute_output_shape(std::span(&input, 1));
  }
};

}  // namespace reel
