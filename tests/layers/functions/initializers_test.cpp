#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include <reel/core/ops.h>
#include <reel/core/ops/random.h>
#include <reel/layers/functions/initializers.h>

#include "moments.h"

using namespace reel;
using test::Moments;

namespace {

struct Options {
  Initializer kernel_initializer = {};
};

const Shape kernel{5, 6, 40, 20};  // 24000 values; fans 1200 and 600

// Five standard errors of the mean; of the deviation a bound that all three distributions meet.
void check_moments(const Initializer& initializer, double deviation) {
  const RandomScope scope({.seed = 3});
  const Moments m(resolve(initializer, "test")(kernel, float64));
  CHECK(std::abs(m.mean) < 5 * deviation / std::sqrt(24000.0));
  CHECK(m.deviation() == doctest::Approx(deviation).epsilon(5 / std::sqrt(2 * 24000.0)));
}

}  // namespace

// Proves: initializers: test_lecun_*; 3.3 fans; 3.3 variance_scaling; 3.3 glorot, he, lecun
TEST_CASE("3.3 variance scaling reaches the deviation that the fans ask for") {
  check_moments("glorot_uniform", std::sqrt(2.0 / 1800));
  check_moments("glorot_normal", std::sqrt(2.0 / 1800));
  check_moments("he_uniform", std::sqrt(2.0 / 1200));
  check_moments("he_normal", std::sqrt(2.0 / 1200));
  check_moments("lecun_uniform", std::sqrt(1.0 / 1200));
  check_moments("lecun_normal", std::sqrt(1.0 / 1200));
  check_moments(variance_scaling({.scale = 3, .mode = "fan_out"}), std::sqrt(3.0 / 600));
  check_moments(variance_scaling({.distribution = "Untruncated_Normal"}), std::sqrt(1.0 / 1200));
}

// Proves: initializers: test_lecun_*; 3.3 variance_scaling
TEST_CASE("3.3 uniform variance scaling stays within sqrt(3 variance), truncated within 2 sigma") {
  const double limit = std::sqrt(6.0 / 1800);
  const Moments even(glorot_uniform(1)(kernel, float64));
  CHECK(even.low >= -limit);
  CHECK(even.high < limit);
  CHECK(even.high > 0.999 * limit);
  const double bound = 2 * std::sqrt(2.0 / 1200) / 0.87962566103423978;
  const Moments cut(he_normal(1)(kernel, float64));
  CHECK(cut.low >= -bound);
  CHECK(cut.high <= bound);
  CHECK(cut.high > 0.98 * bound);
}

// Proves: 3.3 fans
TEST_CASE("3.3 fans of ranks 0, 1 and 2 are 1, n and the two extents") {
  const auto deviation = [](const Shape& shape, const char* mode) {
    double square = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
      const auto values = variance_scaling(
          {.mode = mode, .distribution = "untruncated_normal", .seed = seed})(shape, float64);
      for (double v : values.to_vector()) square += v * v;
    }
    return std::sqrt(square / (400.0 * static_cast<double>(shape.size())));
  };
  CHECK(deviation({}, "fan_in") == doctest::Approx(1).epsilon(0.18));
  CHECK(deviation({9}, "fan_in") == doctest::Approx(1 / 3.0).epsilon(0.06));
  CHECK(deviation({9}, "fan_out") == doctest::Approx(1 / 3.0).epsilon(0.06));
  CHECK(deviation({4, 16}, "fan_in") == doctest::Approx(1 / 2.0).epsilon(0.03));
  CHECK(deviation({4, 16}, "fan_out") == doctest::Approx(1 / 4.0).epsilon(0.03));
  CHECK(deviation({4, 16}, "fan_avg") == doctest::Approx(1 / std::sqrt(10.0)).epsilon(0.03));
}

// Proves: 0 fans of a depthwise kernel
TEST_CASE("3.3 the depthwise form leaves the channels out of the fan") {
  const Shape depthwise{3, 3, 500, 2};
  const auto spread = [&](const Initializer& i) {
    return Moments(i(depthwise, float64)).deviation();
  };
  CHECK(spread(depthwise_variance_scaling({.seed = 1})) == doctest::Approx(1 / 3.0).epsilon(0.04));
  CHECK(spread(depthwise_variance_scaling({.mode = "fan_out", .seed = 1})) ==
        doctest::Approx(1 / std::sqrt(18.0)).epsilon(0.04));
  CHECK(spread(variance_scaling({.seed = 1})) ==
        doctest::Approx(1 / std::sqrt(4500.0)).epsilon(0.04));
  CHECK_THROWS_WITH_AS(depthwise_variance_scaling()({3, 3}, float32),
                       "depthwise_variance_scaling: the kernel's rank must be 4; got shape (3, 3)",
                       ValueError);
}

// Proves: initializers: test_uniform; initializers: test_default_random_uniform;
//   3.3 random_uniform, random_normal, truncated_normal; 8.26
TEST_CASE("3.3 the plain random initializers have deviation and bounds as given") {
  check_moments("random_normal", 0.05);
  check_moments("normal", 0.05);
  check_moments("truncated_normal", 0.05 * 0.87962566103423978);
  check_moments("uniform", 0.1 / std::sqrt(12.0));
  const Moments m(random_uniform({.minval = 2, .maxval = 3, .seed = 4})({5000}, float32));
  CHECK(m.low >= 2);
  CHECK(m.high < 3);
  CHECK(Moments(truncated_normal({.seed = 4})({5000}, float64)).high < 0.1);
}

// Proves: initializers: test_constant; 3.3 zeros, ones, constant
TEST_CASE("3.3 zeros, ones and constants fill; the functions themselves are recognised") {
  const Initializer by_function = Options{.kernel_initializer = zeros}.kernel_initializer;
  CHECK(resolve(by_function, "test").name() == "zeros");
  CHECK(resolve(by_function, "test")({2}, float64).to_vector() == std::vector{0.0, 0.0});
  CHECK(resolve(ones, "test").name() == "ones");
  CHECK(resolve("Ones", "test")({2}, float32).to_vector() == std::vector{1.0, 1.0});
  CHECK(resolve("constant", "test")({1}, float32).item() == 0);
  CHECK(constant(2.5)({2}, float32).to_vector() == std::vector{2.5, 2.5});
  CHECK(resolve({"Constant", {{"value", 3.0}}}, "test")({1}, float32).item() == 3);
}

// Proves: 3.3 zeros, ones, constant
TEST_CASE("3.3 a constant array must have the weight's shape and takes its dtype") {
  const Initializer values = constant(Tensor{{1, 2}, {3, 4}});
  CHECK(values({2, 2}, float64).to_vector() == std::vector{1.0, 2.0, 3.0, 4.0});
  CHECK(values({2, 2}, float64).dtype() == float64);
  CHECK_THROWS_WITH_AS(values({4}, float32),
                       "constant: the value must have the weight's shape (4,); got (2, 2)",
                       ValueError);
}

TEST_CASE("a constant array survives its config") {
  const Initializer values = constant(Tensor{{1, 2}, {3, 4}});
  const Initializer again = resolve({values.name(), values.parameters()}, "test");
  CHECK(again({2, 2}, float32).to_vector() == std::vector{1.0, 2.0, 3.0, 4.0});
  CHECK_THROWS_WITH_AS(again({3}, float32),
                       "constant: a weight of shape (3,) needs 3 values; got 4", ValueError);
}

// Proves: initializers: test_orthogonal; 3.3 orthogonal
TEST_CASE("3.3 orthogonal gives orthonormal rows or columns times the gain") {
  for (const Shape& shape : {Shape{7, 4}, Shape{4, 7}, Shape{5, 5}, Shape{3, 3, 2, 5}}) {
    CAPTURE(shape);
    const Index n = shape[-1], m = shape.size() / n;
    const Tensor q = reshape(orthogonal(2.0, 1)(shape, float64), {m, n});
    const Tensor gram = matmul(q, q, {.transpose_a = m >= n, .transpose_b = m < n});
    for (Index i = 0; i < gram.dim(0); ++i)
      for (Index j = 0; j < gram.dim(1); ++j)
        CHECK(gram.at(i, j) == doctest::Approx(i == j ? 4.0 : 0.0).epsilon(1e-12));
  }
  CHECK_THROWS_WITH_AS(orthogonal()({3}, float32),
                       "orthogonal: the weight's rank must be at least 2; got shape (3,)",
                       ValueError);
}

TEST_CASE("orthogonal has no preferred sign") {
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed)
    sum += orthogonal(1.0, seed)({2, 2}, float64).at(0, 0);
  CHECK(std::abs(sum / 400) < 5 * std::sqrt(0.5) / 20);
}

// Proves: initializers: test_identity; 3.3 identity
TEST_CASE("3.3 identity puts the gain on the diagonal") {
  CHECK(identity(3)({2, 3}, float32).to_vector() == std::vector<double>{3, 0, 0, 0, 3, 0});
  CHECK_THROWS_WITH_AS(identity()({3}, float32),
                       "identity: the weight's rank must be 2; got shape (3,)", ValueError);
}

// Proves: 3.3 seeds
TEST_CASE("3.3 set_seed reproduces the first values, and two weights in a row differ") {
  const RandomScope scope;
  const Initializer he = he_normal();
  set_seed(11);
  const auto first = he({3, 4}, float32).to_vector(), second = he({3, 4}, float32).to_vector();
  set_seed(11);
  CHECK(he({3, 4}, float32).to_vector() == first);
  CHECK(first != second);
  set_seed(12);
  CHECK(he({3, 4}, float32).to_vector() != first);
}

// Proves: initializers: the config round trip of each; 3.3 seeds
TEST_CASE("3.3 a seed gives the same values at each call, also after a config") {
  const Initializer given = glorot_uniform(42);
  CHECK(given({6}, float32).to_vector() == given({6}, float32).to_vector());
  CHECK(given({6}, float32).to_vector() != glorot_uniform(43)({6}, float32).to_vector());
  const Initializer again = resolve({given.name(), given.parameters()}, "test");
  CHECK(again({6}, float32).to_vector() == given({6}, float32).to_vector());
  CHECK(again == given);
}

// Proves: 3.3 refused
TEST_CASE("3.3 initializers refuse what has no meaning") {
  CHECK_THROWS_WITH_AS(variance_scaling({.scale = 0}), "variance_scaling: scale must be > 0; got 0",
                       ValueError);
  CHECK_THROWS_WITH_AS(variance_scaling({.mode = "fan"}),
                       "variance_scaling: mode must be fan_in, fan_out or fan_avg; got 'fan'",
                       ValueError);
  CHECK_THROWS_WITH_AS(variance_scaling({.distribution = "cauchy"}),
                       "variance_scaling: distribution must be truncated_normal, "
                       "untruncated_normal or uniform; got 'cauchy'",
                       ValueError);
  CHECK_THROWS_WITH_AS(random_normal({.stddev = -1}), "random_normal: stddev must be >= 0; got -1",
                       ValueError);
  CHECK_THROWS_WITH_AS(random_uniform({.minval = 1, .maxval = 0}),
                       "random_uniform: minval must not be above maxval; got 1 and 0", ValueError);
  CHECK_THROWS_WITH_AS(
      resolve({"he_normal", {{"seed", -1}}}, "dense: kernel_initializer"),
      "dense: kernel_initializer: seed must be a whole number in [0, 2^53]; got -1", ValueError);
}

TEST_CASE("3.3 an unknown initializer is refused with the names that are known") {
  CHECK_THROWS_WITH_AS(
      resolve("xavier", "dense: kernel_initializer"),
      "dense: kernel_initializer: Unknown initializer: 'xavier'; known are zeros, Zeros, zero, "
      "ones, Ones, one, constant, Constant, random_uniform, RandomUniform, uniform, "
      "random_normal, RandomNormal, normal, truncated_normal, TruncatedNormal, variance_scaling, "
      "VarianceScaling, depthwise_variance_scaling, glorot_uniform, GlorotUniform, glorot_normal, "
      "GlorotNormal, he_uniform, HeUniform, he_normal, HeNormal, lecun_uniform, LecunUniform, "
      "lecun_normal, LecunNormal, orthogonal, Orthogonal, identity, Identity; a function can be "
      "given instead",
      ValueError);
}

TEST_CASE("3.3 a seed that a config could not hold exactly is refused") {
  CHECK_NOTHROW(glorot_uniform(std::uint64_t{1} << 53));
  CHECK_THROWS_WITH_AS(glorot_uniform((std::uint64_t{1} << 53) + 1),
                       "seed must be a whole number in [0, 2^53]; got 9007199254740993",
                       ValueError);
}
