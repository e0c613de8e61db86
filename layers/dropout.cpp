#include <reel/layers/dropout.h>

#include <reel/core/ops/dropout_op.h>
#include <reel/layers/base/layer_of_members.h>

namespace reel {

void visit_fields(DropoutOptions& o, auto& field) {
  field("rate", o.rate);
  field("noise_shape", o.noise_shape);
  field("seed", o.seed);
}

// "drop"
constexpr std::uint64_t dropouts = 0x64726f7000000000;

Dropout::Dropout(Options options)
    : LayerOf(std::move(options)), RandomStream(dropouts, options_.seed) {
  if (!(options_.rate >= 0 && options_.rate <= 1))
    throw ValueError("{}: rate must be in [0, 1]; got {}", path(), options_.rate);
}

Tensor Dropout::call(const Tensor& x, const Call& call) {
  if (options_.rate == 0 || !in_training(call)) return x;
  return reel::dropout(x, options_.rate, next_random_key(), options_.noise_shape);
}

template class LayerOf<Dropout, DropoutOptions>;

}  // namespace reel
