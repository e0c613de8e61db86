// Reshape: the elements of each sample under another shape.
//
// Read before: layer_of.h.
#pragma once

#include <reel/layers/base/layer_of.h>

namespace reel {

struct ReshapeOptions {
  Shape target_shape = {};  ///< without the batch; one extent may be -1 and is then worked out
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

class Reshape : public LayerOf<Reshape, ReshapeOptions> {
 public:
  /// ValueError for two unknown extents.
  explicit Reshape(Options options);

  /// x of shape (N, ...) -> (N, target_shape...).
  Tensor call(const Tensor& x, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor>, const Tensor&) const override { return 0; }

 protected:
  Shape output_shape(const Shape& input) const override;
};

}  // namespace reel
