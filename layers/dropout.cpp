#include <reel/layers/dropout.h>

#include <reel/core/ops/dropout_op.h>
#include <reel/layers/base/layer_of_members.h>

namespace reel {

void visit_fields(DropoutOptions& o, auto& field) {
  field("rate", o.rate);
  field("noise_shape", o.noise_shape);
  field("seed", o.seed);
}

namespace {

// A layer with a seed of its own draws the same whatever was made before it; the others are counted
// with the first values of variables, so that `set_seed` starts them again too.
std::uint64_t stream_of(const DropoutOptions& options) {
  constexpr std::uint64_t dropouts = 0x64726f7000000000;
  return dropouts + (options.seed ? 0 : next_initial_key().draw + 1);
}

}  // namespace

Dropout::Dropout(Options options) : LayerOf(std::move(options)), stream_(stream_of(options_)) {
  if (!(options_.rate >= 0 && options_.rate <= 1))
    throw ValueError("{}: rate must be in [0, 1]; got {}", path(), options_.rate);
}

Tensor Dropout::call(const Tensor& x, const Call& call) {
  if (options_.rate == 0 || !in_training(call)) return x;
  RandomKey key = next_key(stream_);
  if (options_.seed) key.seed = *options_.seed;
  return reel::dropout(x, options_.rate, key, options_.noise_shape);
}

template class LayerOf<Dropout, DropoutOptions>;

}  // namespace reel
