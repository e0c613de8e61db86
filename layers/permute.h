// Permute: the axes of each sample in another order.
//
// Read before: layer_of.h, shape_ops.h (`transpose`).
#pragma once

#include <vector>

#include <reel/layers/base/layer_of.h>

namespace reel {

struct PermuteOptions {
  /// Axis i of a sample of y is axis dims[i] of x; counted from 1, for the batch is axis 0.
  std::vector<int> dims = {};
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

class Permute : public LayerOf<Permute, PermuteOptions> {
 public:
  /// ValueError unless dims are 1, 2, ... n in some order.
  explicit Permute(Options options);

  /// x of rank n + 1; with dims {2, 1}: (N, A, B) -> (N, B, A).
  Tensor call(const Tensor& x, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor>, const Tensor&) const override { return 0; }

 protected:
  Shape output_shape(const Shape& input) const override;

 private:
  std::vector<int> permutation_;  // with the batch
};

}  // namespace reel
