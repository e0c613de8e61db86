#include <reel/layers/gaussian_noise.h>

#include <cmath>

#include <reel/core/ops/elementwise.h>
#include <reel/layers/base/layer_of_members.h>

namespace reel {

void visit_fields(GaussianNoiseOptions& o, auto& field) {
  field("stddev", o.stddev);
  field("seed", o.seed);
}

// "nois"
constexpr std::uint64_t noises = 0x6e6f697300000000;

GaussianNoise::GaussianNoise(Options options)
    : LayerOf(std::move(options)), RandomStream(noises, options_.seed) {
  if (!(options_.stddev >= 0 && std::isfinite(options_.stddev)))
    throw ValueError("{}: stddev must be >= 0 and finite; got {}", path(), options_.stddev);
}

Tensor GaussianNoise::call(const Tensor& x, const Call& call) {
  if (options_.stddev == 0 || !in_training(call)) return x;
  return x + normal(x.shape(), 0, options_.stddev, x.dtype(), next_random_key());
}

template class LayerOf<GaussianNoise, GaussianNoiseOptions>;

}  // namespace reel
