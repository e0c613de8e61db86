#include <reel/layers/functions/initializers.h>

#include <algorithm>
#include <cmath>

#include <reel/core/ops.h>
#include <reel/core/ops/random.h>
#include <reel/core/runtime/checked_index.h>
#include <reel/core/runtime/parallel.h>
#include <reel/core/tape.h>
#include <reel/layers/functions/lookup.h>

namespace reel {

using detail::check_finite;

namespace {

Initializer constant_list(const std::vector<double>& values) {
  if (values.size() == 1) return constant(values[0]);
  return Initializer("constant", {{"value", values}}, [values](const Shape& shape, DType dtype) {
    if (detail::checked_size("constant", shape) != static_cast<Index>(values.size()))
      throw ValueError("constant: a weight of shape {} needs {} values; got {}", shape,
                       shape.size(), values.size());
    const PauseRecording pause;
    return cast(Tensor(values, shape), dtype);
  });
}

// Four sums side by side, so that an addition does not wait for the one before.
double dot(const double* a, const double* b, Index n) {
  double sums[4] = {};
  Index k = 0;
  for (; k + 4 <= n; k += 4)
    for (int i = 0; i < 4; ++i) sums[i] += a[k + i] * b[k + i];
  for (; k < n; ++k) sums[0] += a[k] * b[k];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

// Makes the rows of a (rows x columns) matrix orthonormal, in their order: Gram and Schmidt, twice,
// since once leaves them as far from orthogonal as their condition is bad. Each row, once it has
// length 1, is taken out of all that follow; these do not depend on each other.
void orthonormalize(double* a, Index rows, Index columns) {
  const Index grain = std::max<Index>(1, 65536 / std::max<Index>(columns, 1));
  for (int pass = 0; pass < 2; ++pass)
    for (Index i = 0; i < rows; ++i) {
      double* row = a + i * columns;
      const double scale = 1 / std::sqrt(dot(row, row, columns));
      for (Index k = 0; k < columns; ++k) row[k] *= scale;
      parallel_ranges(rows - i - 1, grain, [&](Index first, Index end) {
        for (double* other = row + (first + 1) * columns; other < row + (end + 1) * columns;
             other += columns) {
          const double share = dot(row, other, columns);
          for (Index k = 0; k < columns; ++k) other[k] -= share * row[k];
        }
      });
    }
}

using NormalTensor = Tensor (*)(const Shape&, double, double, DType, const RandomKey&);

Initializer normal_initializer(const char* name, NormalTensor draw,
                               const RandomNormalOptions& options) {
  check_finite(name, "mean", options.mean);
  check_finite(name, "stddev", options.stddev);
  if (options.stddev < 0) throw ValueError("{}: stddev must be >= 0; got {}", name, options.stddev);
  return Initializer(name,
                     {{"mean", options.mean},
                      {"stddev", options.stddev},
                      {"seed", detail::seed_parameter(options.seed)}},
                     [options, draw](const Shape& shape, DType dtype) {
                       return draw(shape, options.mean, options.stddev, dtype,
                                   detail::initializer_key(options.seed));
                     });
}

}  // namespace

RandomKey detail::initializer_key(const Seed& seed) {
  constexpr std::uint64_t seeded_stream = 0x736565646564;
  return seed ? RandomKey{*seed, seeded_stream, 0} : next_initial_key();
}

ConfigValue detail::seed_parameter(const Seed& seed) {
  if (seed && *seed > std::uint64_t{1} << 53)
    throw ValueError("seed must be a whole number in [0, 2^53]; got {}", *seed);
  return ConfigTraits<Seed>::to(seed);
}

Initializer constant(double value) {
  return Initializer("constant", {{"value", value}}, [value](const Shape& shape, DType dtype) {
    return full(shape, value, dtype);
  });
}

Initializer constant(const Tensor& value) { return value; }

Initializer::Initializer(const Tensor& value)
    : NamedFunction(
          "constant", {{"value", value.to_vector()}}, [value](const Shape& shape, DType dtype) {
            if (shape != value.shape())
              throw ValueError("constant: the value must have the weight's shape {}; got {}", shape,
                               value.shape());
            const PauseRecording pause;
            return cast(value, dtype);
          }) {}

Initializer random_uniform(const RandomUniformOptions& options) {
  check_finite("random_uniform", "minval", options.minval);
  check_finite("random_uniform", "maxval", options.maxval);
  if (options.minval > options.maxval)
    throw ValueError("random_uniform: minval must not be above maxval; got {} and {}",
                     options.minval, options.maxval);
  return Initializer("random_uniform",
                     {{"minval", options.minval},
                      {"maxval", options.maxval},
                      {"seed", detail::seed_parameter(options.seed)}},
                     [options](const Shape& shape, DType dtype) {
                       return uniform(shape, options.minval, options.maxval, dtype,
                                      detail::initializer_key(options.seed));
                     });
}

Initializer random_normal(const RandomNormalOptions& options) {
  return normal_initializer("random_normal", normal, options);
}

Initializer truncated_normal(const RandomNormalOptions& options) {
  return normal_initializer("truncated_normal", truncated_randn, options);
}

// The shorter side of the kernel as a matrix is made orthonormal; a wide one is worked on
// transposed.
Initializer orthogonal(double gain, const Seed& seed) {
  check_finite("orthogonal", "gain", gain);
  return Initializer(
      "orthogonal", {{"gain", gain}, {"seed", detail::seed_parameter(seed)}},
      [gain, seed](const Shape& shape, DType dtype) {
        if (shape.rank() < 2)
          throw ValueError("orthogonal: the weight's rank must be at least 2; got shape {}", shape);
        const Index n = shape[-1], m = n == 0 ? 0 : detail::checked_size("orthogonal", shape) / n;
        const Index rows = std::min(m, n), columns = std::max(m, n);
        const PauseRecording pause;
        Tensor q = randn({rows, columns}, float64, detail::initializer_key(seed));
        orthonormalize(writable<double>(q), rows, columns);
        return cast(reshape(gain * (m < n ? q : transpose(q)), shape), dtype);
      });
}

Initializer identity(double gain) {
  check_finite("identity", "gain", gain);
  return Initializer("identity", {{"gain", gain}}, [gain](const Shape& shape, DType dtype) {
    if (shape.rank() != 2)
      throw ValueError("identity: the weight's rank must be 2; got shape {}", shape);
    const PauseRecording pause;
    const Tensor rows = reshape(arange(shape[0], float64), {shape[0], 1});
    return cast(where(equal(rows, arange(shape[1], float64)), gain, 0.0), dtype);
  });
}

// --- look-up -----------------------------------------------------------------------------------

namespace {

using Read = detail::ConfigReader;

Seed read_seed(Read& read) {
  const std::optional<double> seed = read.take<std::optional<double>>("seed");
  if (!seed) return {};
  // Numbers of JSON are doubles, which hold no larger one exactly.
  if (!(*seed >= 0 && *seed <= 0x1p53) || *seed != std::trunc(*seed))
    throw ValueError("seed must be a whole number in [0, 2^53]; got {}", *seed);
  return static_cast<std::uint64_t>(*seed);
}

RandomNormalOptions read_normal(Read& read) {
  return {read.take("mean", 0.0), read.take("stddev", 0.05), read_seed(read)};
}

VarianceScalingOptions read_variance_scaling(Read& read) {
  return {read.take("scale", 1.0), read.take<std::string>("mode", "fan_in"),
          read.take<std::string>("distribution", "truncated_normal"), read_seed(read)};
}

// Each under the names of its function, its class and its short form.
const std::vector<detail::Known<Initializer>>& table() {
  static const auto& known = *new const std::vector<detail::Known<Initializer>>{
      {{"zeros", "Zeros", "zero"}, [](Read&) { return Initializer("zeros", {}, zeros); }},
      {{"ones", "Ones", "one"}, [](Read&) { return Initializer("ones", {}, ones); }},
      {{"constant", "Constant"},
       [](Read& read) { return constant_list(read.take("value", std::vector<double>{0})); }},
      {{"random_uniform", "RandomUniform", "uniform"},
       [](Read& read) {
         return random_uniform(
             {read.take("minval", -0.05), read.take("maxval", 0.05), read_seed(read)});
       }},
      {{"random_normal", "RandomNormal", "normal"},
       [](Read& read) { return random_normal(read_normal(read)); }},
      {{"truncated_normal", "TruncatedNormal"},
       [](Read& read) { return truncated_normal(read_normal(read)); }},
      {{"variance_scaling", "VarianceScaling"},
       [](Read& read) { return variance_scaling(read_variance_scaling(read)); }},
      {{"depthwise_variance_scaling"},
       [](Read& read) { return depthwise_variance_scaling(read_variance_scaling(read)); }},
      {{"glorot_uniform", "GlorotUniform"},
       [](Read& read) { return glorot_uniform(read_seed(read)); }},
      {{"glorot_normal", "GlorotNormal"},
       [](Read& read) { return glorot_normal(read_seed(read)); }},
      {{"he_uniform", "HeUniform"}, [](Read& read) { return he_uniform(read_seed(read)); }},
      {{"he_normal", "HeNormal"}, [](Read& read) { return he_normal(read_seed(read)); }},
      {{"lecun_uniform", "LecunUniform"},
       [](Read& read) { return lecun_uniform(read_seed(read)); }},
      {{"lecun_normal", "LecunNormal"}, [](Read& read) { return lecun_normal(read_seed(read)); }},
      {{"orthogonal", "Orthogonal"},
       [](Read& read) {
         const double gain = read.take("gain", 1.0);
         return orthogonal(gain, read_seed(read));
       }},
      {{"identity", "Identity"}, [](Read& read) { return identity(read.take("gain", 1.0)); }},
  };
  return known;
}

}  // namespace

// The configs of TensorFlow 1 give initializers a dtype, which the weight's overrides.
Initializer resolve(const Initializer& initializer, const std::string& where) {
  return detail::look_up<Initializer>("initializer", table(), initializer, where, {"dtype"});
}

}  // namespace reel
