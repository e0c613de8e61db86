// Rescaling: y = scale x + offset, such as bytes as numbers of [0, 1].
//
// Read before: layer_of.h.
#pragma once

#include <concepts>

#include <reel/layers/base/layer_of.h>

namespace reel {

struct RescalingOptions {
  double scale = 1.0;  ///< 1.0 / 255 for bytes
  double offset = 0.0;
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

class Rescaling : public LayerOf<Rescaling, RescalingOptions> {
 public:
  /// ValueError for a number that is not finite.
  explicit Rescaling(Options options = {});
  explicit Rescaling(EmptyBraces) : Rescaling() {}
  // Deduced, or `Rescaling({.scale = 2.0})` could also mean a Rescaling of 2.0, to be moved.
  explicit Rescaling(std::convertible_to<double> auto scale, double offset = 0.0)
      : Rescaling(Options{.scale = static_cast<double>(scale), .offset = offset}) {}

  /// x of any shape -> y of the same; in training and inference alike.
  Tensor call(const Tensor& x, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor>, const Tensor& y) const override {
    return 2 * y.size();
  }

 protected:
  Shape output_shape(const Shape& input) const override { return input; }
};

}  // namespace reel
