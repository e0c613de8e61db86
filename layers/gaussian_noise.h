// GaussianNoise: in training, normal numbers with mean 0 are added to x.
//
// Each call draws from the key {seed, this layer's number, number of the draw}, as Dropout does.
// Inference hands x on. Read before: dropout.h, random_stream.h.
#pragma once

#include <cstdint>

#include <reel/layers/base/layer_of.h>
#include <reel/layers/base/random_stream.h>

namespace reel {

struct GaussianNoiseOptions {
  double stddev = 0.0;                     ///< of what is added; 0 adds nothing
  std::optional<std::uint64_t> seed = {};  ///< none: that of `set_seed`
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

class GaussianNoise : public LayerOf<GaussianNoise, GaussianNoiseOptions>,
                      public detail::RandomStream {
 public:
  /// ValueError for a deviation that is negative or not finite.
  explicit GaussianNoise(Options options);
  explicit GaussianNoise(double stddev) : GaussianNoise(Options{.stddev = stddev}) {}

  /// x of any shape -> y of the same. Gradient: dy, for the noise is a constant.
  Tensor call(const Tensor& x, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor>, const Tensor&) const override { return 0; }

 protected:
  Shape output_shape(const Shape& input) const override { return input; }
};

}  // namespace reel
