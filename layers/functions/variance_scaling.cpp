// Variance scaling: first values whose spread follows from the size of the layer.
//
// A sum of n independent products keeps the variance of its input when the weights have variance
// 1 / n; n is the fan. Declared in initializers.h.
#include <algorithm>
#include <cctype>
#include <cmath>

#include <reel/core/ops/random.h>
#include <reel/layers/functions/initializers.h>

namespace reel {
namespace {

struct Fans {
  double in, out;
};

Fans fans_of(const Shape& shape) {
  if (shape.rank() == 0) return {1, 1};
  const auto last = static_cast<double>(shape[-1]);
  if (shape.rank() == 1) return {last, last};
  double field = 1;
  for (int axis = 0; axis < shape.rank() - 2; ++axis) field *= static_cast<double>(shape[axis]);
  return {field * static_cast<double>(shape[-2]), field * last};
}

Fans depthwise_fans_of(const Shape& shape) {
  if (shape.rank() != 4)
    throw ValueError("depthwise_variance_scaling: the kernel's rank must be 4; got shape {}",
                     shape);
  const double field = static_cast<double>(shape[0]) * static_cast<double>(shape[1]);
  return {field, field * static_cast<double>(shape[3])};
}

// The deviation of a standard normal number that is drawn again beyond 2.
constexpr double truncated_deviation = 0.87962566103423978;

struct Scaling {
  VarianceScalingOptions options;  // whose names are known
  Fans (*fans_of)(const Shape&);

  Tensor operator()(const Shape& shape, DType dtype) const {
    const Fans fans = fans_of(shape);
    const double n = options.mode == "fan_in"    ? fans.in
                     : options.mode == "fan_out" ? fans.out
                                                 : (fans.in + fans.out) / 2;
    const double variance = options.scale / std::max(1.0, n);
    const RandomKey key = detail::initializer_key(options.seed);
    if (options.distribution == "uniform") {
      const double limit = std::sqrt(3 * variance);
      return uniform(shape, -limit, limit, dtype, key);
    }
    if (options.distribution == "untruncated_normal")
      return normal(shape, 0.0, std::sqrt(variance), dtype, key);
    return truncated_randn(shape, 0.0, std::sqrt(variance) / truncated_deviation, dtype, key);
  }
};

Scaling scaling(const char* op, VarianceScalingOptions options, Fans (*fans_of)(const Shape&)) {
  const std::string& mode = options.mode;
  std::string& name = options.distribution;
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (name == "normal") name = "truncated_normal";
  if (!(options.scale > 0) || !std::isfinite(options.scale))
    throw ValueError("{}: scale must be > 0; got {}", op, options.scale);
  if (mode != "fan_in" && mode != "fan_out" && mode != "fan_avg")
    throw ValueError("{}: mode must be fan_in, fan_out or fan_avg; got '{}'", op, mode);
  if (name != "truncated_normal" && name != "untruncated_normal" && name != "uniform")
    throw ValueError(
        "{}: distribution must be truncated_normal, untruncated_normal or uniform; got '{}'", op,
        name);
  return {std::move(options), fans_of};
}

Parameters parameters_of(const VarianceScalingOptions& options) {
  return {{"scale", options.scale},
          {"mode", options.mode},
          {"distribution", options.distribution},
          {"seed", detail::seed_parameter(options.seed)}};
}

// One of the six that have a name of their own and only a seed to choose.
Initializer named(const char* name, double scale, const char* mode, const char* distribution,
                  const Seed& seed) {
  return Initializer(name, {{"seed", detail::seed_parameter(seed)}},
                     scaling(name, {scale, mode, distribution, seed}, fans_of));
}

}  // namespace

Initializer variance_scaling(const VarianceScalingOptions& options) {
  return Initializer("variance_scaling", parameters_of(options),
                     scaling("variance_scaling", options, fans_of));
}

Initializer depthwise_variance_scaling(const VarianceScalingOptions& options) {
  return Initializer("depthwise_variance_scaling", parameters_of(options),
                     scaling("depthwise_variance_scaling", options, depthwise_fans_of));
}

Initializer glorot_uniform(const Seed& seed) {
  return named("glorot_uniform", 1.0, "fan_avg", "uniform", seed);
}
Initializer glorot_normal(const Seed& seed) {
  return named("glorot_normal", 1.0, "fan_avg", "truncated_normal", seed);
}
Initializer he_uniform(const Seed& seed) {
  return named("he_uniform", 2.0, "fan_in", "uniform", seed);
}
Initializer he_normal(const Seed& seed) {
  return named("he_normal", 2.0, "fan_in", "truncated_normal", seed);
}
Initializer lecun_uniform(const Seed& seed) {
  return named("lecun_uniform", 1.0, "fan_in", "uniform", seed);
}
Initializer lecun_normal(const Seed& seed) {
  return named("lecun_normal", 1.0, "fan_in", "truncated_normal", seed);
}

}  // namespace reel
