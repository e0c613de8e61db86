// Initializers: the first values of weights.
//
// Each is a function (shape, dtype) -> tensor. A random one that was given no seed takes the next
// key for first values, so `set_seed` before a net is built gives the same weights again; one with
// a seed gives the same values at each call, so two weights of one shape must not share it.
// All compute in float64 and round, so both dtypes start from the same numbers.
// `.kernel_initializer = "he_normal"`, `= he_normal()`, `= zeros`, a tensor with the values and any
// callable are accepted.
// Read before: random.h, weight_functions.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <reel/core/ops/random.h>
#include <reel/layers/functions/weight_functions.h>

namespace reel {

using Seed = std::optional<std::uint64_t>;

/// The function behind a name, or the function itself; none stays none. Known are the names below
/// in snake_case and as classes ("glorot_uniform", "GlorotUniform"), and zeros, ones, uniform,
/// normal as short forms. ValueError or TypeError that starts with `where`.
Initializer resolve(const Initializer& initializer, const std::string& where);

/// `value` everywhere.
Initializer constant(double value = 0.0);
/// These values; a weight of another shape is a ValueError. The tensor alone means the same.
Initializer constant(const Tensor& value);

struct RandomUniformOptions {
  double minval = -0.05, maxval = 0.05;
  Seed seed = {};
};
/// Even over [minval, maxval).
Initializer random_uniform(const RandomUniformOptions& options = {});

struct RandomNormalOptions {
  double mean = 0.0, stddev = 0.05;
  Seed seed = {};
};
Initializer random_normal(const RandomNormalOptions& options = {});
/// Drawn again beyond two `stddev`, without correcting the deviation for it.
Initializer truncated_normal(const RandomNormalOptions& options = {});

struct VarianceScalingOptions {
  double scale = 1.0;
  std::string mode = "fan_in";  ///< or fan_out, fan_avg
  /// Or untruncated_normal, uniform; "normal" is an alias. Any letter case.
  std::string distribution = "truncated_normal";
  Seed seed = {};
};
/// Mean 0 and variance scale / fan, so that a layer neither blows up nor dampens its input.
///
/// Fans: of (n) n and n; of (in, out) in and out; of (..., in, out) times the product of the rest.
/// ValueError for scale <= 0, an unknown mode or distribution.
/// Source: Glorot and Bengio (2010); He et al. (2015).
Initializer variance_scaling(const VarianceScalingOptions& options = {});
Initializer glorot_uniform(const Seed& seed = {});
Initializer glorot_normal(const Seed& seed = {});
Initializer he_uniform(const Seed& seed = {});
Initializer he_normal(const Seed& seed = {});
Initializer lecun_uniform(const Seed& seed = {});
Initializer lecun_normal(const Seed& seed = {});

/// `variance_scaling` for a depthwise kernel (R, S, C, M), with the fans that its filters have:
/// R S in and R S M out. The general rule counts all C channels as inputs and so starts such a
/// kernel sqrt(C) too small. ValueError at the call for another rank.
Initializer depthwise_variance_scaling(const VarianceScalingOptions& options = {});

/// Rows or columns (whichever are fewer) of the kernel as a matrix (all but the last axis, last)
/// are orthonormal, times `gain`. ValueError at the call for a rank below 2.
/// Source: Saxe, McClelland and Ganguli (2013).
Initializer orthogonal(double gain = 1.0, const Seed& seed = {});
/// gain on the diagonal, 0 elsewhere. ValueError at the call for a rank that is not 2.
Initializer identity(double gain = 1.0);

namespace detail {
/// The key of an initializer with this seed: always the same, or the next for first values.
RandomKey initializer_key(const Seed& seed);
/// A seed, or none, as a parameter. ValueError for one that a double does not hold.
ConfigValue seed_parameter(const Seed& seed);
}  // namespace detail

}  // namespace reel
