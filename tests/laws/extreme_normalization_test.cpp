// Batch normalization holds over the whole range of a dtype: numbers times a power of two, with
// epsilon times its square, have the same y, and gradients divided by it.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include <reel/core/ops.h>
#include <reel/core/tape.h>
#include <reel/layers/batch_normalization.h>

#include "largest_difference.h"
#include "with_kernels.h"

using namespace reel;
using namespace reel::testing;

namespace {

struct Results {
  Tensor y, mean, variance, dx, dgamma, dbeta, recorded, ddx;
};

const Tensor weights({{1, 0.5}, {-0.25, 2}, {0.75, -1}}, float64);

// y, its gradient weighed by `weights`, and the gradient of the squares of that.
Results results(const Tensor& x, double epsilon) {
  const Tensor gamma = cast(Tensor({1.5, 0.5}, float64), x.dtype());
  const Tensor beta = cast(Tensor({0.25, -1}, float64), x.dtype());
  Results r;
  Tape outer;
  outer.watch(x);
  {
    Tape tape;
    for (const Tensor& t : {x, gamma, beta}) tape.watch(t);
    const auto [y, mean, variance] = batch_normalization(x, gamma, beta, {.epsilon = epsilon});
    const GradientOptions weighed{.output_gradients = {cast(weights, x.dtype())}};
    r.y = y, r.mean = mean, r.variance = variance;
    r.recorded = tape.gradient(y, x, weighed);
    const auto pause = outer.pause();
    const std::vector<Tensor> all = tape.gradient(y, std::vector{x, gamma, beta}, weighed);
    r.dx = all[0], r.dgamma = all[1], r.dbeta = all[2];
  }
  r.ddx = outer.gradient(r.recorded, x, {.output_gradients = {cast(weights, x.dtype())}});
  return r;
}

double relative(const Tensor& got, const Tensor& expected, double scale = 1) {
  const Tensor wide = cast(expected, float64);
  return largest_difference(cast(got, float64) / scale, wide) / max(abs(wide)).item();
}

}  // namespace

TEST_CASE("batch normalization has y and gradients of first and second order at any scale") {
  for (const char* kernels : {"fast", "naive"}) {
    const WithKernels chosen(kernels);
    for (const DType dtype : {float32, float64}) {
      const double allowed = dtype == float32 ? 2e-5 : 1e-12;
      const std::vector<int> exponents = dtype == float32
                                             ? std::vector<int>{-60, -40, 0, 40, 62, 66, 100, 125}
                                             : std::vector<int>{-500, 0, 400, 520, 660, 1000};
      const Tensor x = cast(Tensor({{0.1, -0.7}, {-0.4, 0.2}, {0.9, 0.6}}, float64), dtype);
      for (const int exponent : exponents) {
        const double one = std::ldexp(1.0, exponent);
        INFO(kernels, ", ", dtype, ", 2^", exponent);
        const double epsilon = std::abs(exponent) > 500 ? 0 : 1e-3;  // else times one^2 infinite
        const Results expected = results(cast(x, float64), epsilon);
        const Results got = results(x * one, epsilon * one * one);
        CHECK(relative(got.y, expected.y) <= allowed);
        CHECK(relative(got.dgamma, expected.dgamma) <= allowed);
        CHECK(relative(got.dbeta, expected.dbeta) <= allowed);
        CHECK(relative(got.mean, expected.mean, one) <= allowed);
        if (exponent > (dtype == float32 ? 120 : 1000)) continue;  // the gradients are subnormal
        CHECK(relative(got.dx * one, expected.dx) <= allowed);
        CHECK(relative(got.recorded * one, expected.dx) <= allowed);
        if (std::abs(exponent) <= (dtype == float32 ? 60 : 500))
          CHECK(relative(got.ddx * one * one, expected.ddx) <= 10 * allowed);
      }
    }
  }
}

TEST_CASE("channels of ordinary and of extreme numbers stand side by side") {
  const Tensor ordinary({{1}, {-1}, {2}}), large = ordinary * 1e30;
  const Tensor both = concat(std::vector{large, ordinary}, 1);
  const Tensor y = batch_normalization(both, Tensor(), Tensor()).y;
  const std::vector<double> of_large{0.26726124, -1.3363062, 1.0690450};
  for (Index i = 0; i < 3; ++i) {
    CHECK(y.at(i, 0) == doctest::Approx(of_large[static_cast<std::size_t>(i)]));
    CHECK(y.at(i, 1) ==
          doctest::Approx(batch_normalization(ordinary, Tensor(), Tensor()).y.at(i, 0)));
  }
}

TEST_CASE("a mean whose sum is no number of the dtype is right") {
  const auto [y, mean, variance] = batch_normalization(full({4, 1}, 3e38), Tensor(), Tensor());
  CHECK(mean.item() == doctest::Approx(3e38));
  CHECK(variance.item() == 0);
  CHECK(y.to_vector() == std::vector<double>(4, 0));
}

TEST_CASE("a channel beside one that needs units has the bits that it has beside an ordinary one") {
  for (const char* kernels : {"fast", "naive"})
    for (const DType dtype : {float32, float64})
      for (const int axis : {1, -1})
        for (const double epsilon : {0.0, 1e-3})
          for (const double far :
               {0.0, dtype == float32 ? 1e-25 : 1e-200, dtype == float32 ? 1e30 : 1e300}) {
            if (far == 0 && epsilon == 0) continue;  // NaN, as everywhere
            const WithKernels chosen(kernels);
            INFO(kernels, ", ", dtype, ", axis ", axis, ", epsilon ", epsilon, ", ", far);
            const Tensor alike = cast(reshape(sin(arange(40, float64) * 7.0), {2, 4, 5}), dtype);
            Shape one{1, 1, 1}, rest{2, 4, 5};
            one[axis < 0 ? 2 : 1] = alike.dim(axis);
            rest[axis < 0 ? 2 : 1] -= 1;
            std::vector<double> factors(static_cast<std::size_t>(alike.dim(axis)), 1);
            factors[0] = far;
            const Tensor mixed = alike * cast(Tensor(factors, one), dtype);
            const Tensor gamma = cast(arange(alike.dim(axis), float64) + 1.0, dtype);
            const auto ordinary_bits = [&](const Tensor& x) {
              std::vector<Tensor> all;
              Tape outer;
              outer.watch(x);
              {
                Tape tape;
                tape.watch(x);
                const Tensor y =
                    batch_normalization(x, gamma, gamma, {.axis = axis, .epsilon = epsilon}).y;
                const Tensor dy = cos(arange(40, dtype));
                const GradientOptions seed{.output_gradients = {reshape(dy, y.shape())}};
                const Tensor dx = tape.gradient(y, x, seed);
                const auto pause = outer.pause();
                all = {y, tape.gradient(y, x, seed), dx};
              }
              all.push_back(outer.gradient(all[2], x, {.output_gradients = {alike}}));
              std::vector<std::vector<double>> bits;
              const std::vector<Index> begin{0, axis < 0 ? 0 : 1, axis < 0 ? 1 : 0};
              for (const Tensor& t : all)
                bits.push_back(slice(t, begin, {rest[0], rest[1], rest[2]}).to_vector());
              return bits;
            };
            CHECK(ordinary_bits(mixed) == ordinary_bits(alike));
          }
}

// y = (x - mean) / sqrt(variance): its slope in the variance is -x / 2 variance^(-3/2).
TEST_CASE("a moving variance of any size has its gradient, by both ways") {
  const auto check = [](DType dtype, double x_value, double variance_value) {
    INFO(dtype, ": ", x_value, ", ", variance_value);
    const Tensor x = full({1, 1}, x_value, dtype), mean = zeros({1}, dtype);
    const Tensor variance = full({1}, variance_value, dtype);
    const double root = std::sqrt(variance_value);
    const double expected = -0.5 * (x_value / root / root / root);
    for (const char* kernels : {"fast", "naive"}) {
      const WithKernels chosen(kernels);
      Tape outer, inner;
      inner.watch(variance);
      const Tensor y =
          batch_normalization_inference(x, Tensor(), Tensor(), mean, variance, {.epsilon = 0});
      const Tensor recorded = inner.gradient(y, variance);
      const auto pause = outer.pause();
      CHECK(recorded.item() == doctest::Approx(expected));
      CHECK(inner.gradient(y, variance).item() == doctest::Approx(expected));
    }
  };
  check(float32, 1e30, 1e38);
  check(float32, 1e-20, 1e-38);
  check(float32, 2, 4);
  check(float64, 1e250, 1e300);
  check(float64, 1e-160, 1e-300);
}

TEST_CASE("5.2 statistics that moving ones cannot hold are refused, and the moving values stay") {
  struct Case {
    std::vector<double> x;
    const char *statistic, *got;
  };
  const double infinity = std::numeric_limits<double>::infinity();
  for (const DType dtype : {float32, float64}) {
    const std::string name = fmt::format("bn_of_{}", dtype);
    const double far = dtype == float32 ? 1e30 : 1e300;
    for (const Case& c :
         {Case{{far, -far, 2 * far}, "variance", "one that is larger"},
          Case{{far, -far, infinity}, "mean", "one that is larger"},
          Case{{infinity, 1, -infinity}, "mean", "NaN"}, Case{{1, NAN, 2}, "mean", "NaN"}}) {
      const VariableStore store;
      BatchNormalization bn({.name = name});
      const Tensor x = reshape(cast(Tensor(c.x, {3}), dtype), {3, 1});
      const std::string message = fmt::format(
          "{}: the {} of a batch must be a {} number; got {} in channel 0; scale the input or "
          "lower the learning rate",
          name, c.statistic, dtype, c.got);
      Tape tape;
      CHECK_THROWS_WITH_AS(bn(x, {.training = true}), message.c_str(), ValueError);
      bn.apply_updates();
      CHECK(bn.moving_mean().value().item() == 0);
      CHECK(bn.moving_variance().value().item() == 1);
      bn.set_trainable(false);  // no updates, so nothing to refuse
      CHECK(bn(x, {.training = true}).shape() == x.shape());
    }
  }
}

TEST_CASE("5.2 moving statistics follow a batch however far away it is") {
  for (const DType dtype : {float32, float64})
    for (const double momentum : {0.0, 0.25, 0.99}) {
      const double far = dtype == float32 ? 3e38 : 1.7e308;
      const VariableStore store;
      BatchNormalization bn({.momentum = momentum});
      double expected = 0;
      for (const double size : {far, -far, far / 2}) {
        bn(cast(full({3, 2}, size, float64), dtype), {.training = true});
        bn.apply_updates();
        expected = expected * momentum + size * (1 - momentum);
        CHECK(bn.moving_mean().value().at(1) == doctest::Approx(expected));
      }
    }
}

TEST_CASE("5.2 an empty batch in training gives an empty result and no update") {
  for (const Shape& shape : {Shape{0, 3}, Shape{0, 4, 4, 3}, Shape{2, 0, 4, 3}}) {
    BatchNormalization bn({.name = "bn"});
    const Tensor x = zeros(shape);
    Tape tape;
    tape.watch(x);
    const Tensor y = bn(x, {.training = true});
    CHECK(y.shape() == shape);
    CHECK(tape.gradient(y, x).shape() == shape);
    CHECK(tape.gradient(y, bn.gamma()).to_vector() == std::vector<double>{0, 0, 0});
    CHECK(bn.updates().empty());
    bn.apply_updates();
    CHECK(bn.moving_mean().value().to_vector() == std::vector<double>{0, 0, 0});
    CHECK(bn.moving_variance().value().to_vector() == std::vector<double>{1, 1, 1});
  }
}
