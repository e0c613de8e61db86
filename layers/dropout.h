// Dropout: in training, leaves elements out at random and scales the others up.
//
// Each call draws from the key {seed, this layer's number, number of the draw} (random.h),
// so a call that is replayed in a RandomScope leaves out the same elements. Inference hands x on.
// Read before: layer_of.h, random_stream.h, dropout_op.h. Read next: gaussian_noise.h.
#pragma once

#include <cstdint>

#include <reel/layers/base/layer_of.h>
#include <reel/layers/base/random_stream.h>

namespace reel {

struct DropoutOptions {
  double rate = 0.5;                       ///< the share left out, in [0, 1]
  std::optional<Shape> noise_shape = {};   ///< with the batch; unknown: the input's (dropout_op.h)
  std::optional<std::uint64_t> seed = {};  ///< none: that of `set_seed`
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

class Dropout : public LayerOf<Dropout, DropoutOptions>, public detail::RandomStream {
 public:
  /// ValueError for a rate outside [0, 1].
  explicit Dropout(Options options = {});
  explicit Dropout(EmptyBraces) : Dropout() {}
  template <class Rate>
  requires std::is_arithmetic_v<Rate>
  explicit Dropout(Rate rate) : Dropout(Options{.rate = static_cast<double>(rate)}) {}

  Tensor call(const Tensor& x, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor>, const Tensor&) const override { return 0; }

 protected:
  Shape output_shape(const Shape& input) const override { return input; }
};

}  // namespace reel
