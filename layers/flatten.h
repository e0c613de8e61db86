// Flatten: all axes but the batch in one.
//
// With channels_first the channels are moved to the end before, so that a net's weights do not
// depend on its data format. Read before: layer_of.h.
#pragma once

#include <reel/core/ops/window_options.h>
#include <reel/layers/base/layer_of.h>

namespace reel {

struct FlattenOptions {
  DataFormat data_format = "channels_last";
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

class Flatten : public LayerOf<Flatten, FlattenOptions> {
 public:
  /// ValueError for an unknown data format.
  explicit Flatten(Options options = {});
  explicit Flatten(EmptyBraces) : Flatten() {}

  /// x of shape (N, ...) -> (N, product of the rest); (N,) -> (N, 1).
  Tensor call(const Tensor& x, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor>, const Tensor&) const override { return 0; }

 protected:
  Shape output_shape(const Shape& input) const override;
};

}  // namespace reel
