// Norms hold over the whole range of a dtype: numbers times a power of two have that times the
// norm.
//
// All that measures a length is here: the op and its gradient, both clippings, the constraints and
// the regularizer of directions. What the plain sum of squares can do keeps its bits.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <reel/core/derivatives/hessian.h>
#include <reel/core/derivatives/recompute.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/optim/sgd.h>

#include "largest_difference.h"

using namespace reel;
using namespace reel::testing;

namespace {

// Powers of two from the smallest to the largest numbers of a dtype, with room for factors near 1.
std::vector<int> exponents(DType dtype) {
  return dtype == float32 ? std::vector<int>{-140, -126, -100, -64, -60, 0, 60, 64, 100, 126}
                          : std::vector<int>{-1060, -1020, -600, -530, 0, 500, 520, 700, 1022};
}

Tensor scaled(const Tensor& x, int exponent) { return x * std::ldexp(1.0, exponent); }

// Relative; a few digits are lost where numbers are subnormal.
double tolerance(DType dtype, int exponent) {
  const bool subnormal = exponent < (dtype == float32 ? -120 : -1010);
  return subnormal ? 1e-2 : dtype == float32 ? 4e-7 : 1e-15;
}

Tensor numbers(DType dtype) {
  return cast(Tensor({{0.75, -1.5, 1.0}, {0.5, 1.25, 0.875}}, float64), dtype);
}

Tensor gradient_of_norm(const Tensor& x, const Axes& axes) {
  Tape tape;
  tape.watch(x);
  return tape.gradient(l2_norm(x, axes), x);
}

// What one step of size 1 adds to variables of value 0 that have these gradients.
std::vector<Tensor> steps(SGDOptions options, const std::vector<Tensor>& gradients) {
  options.learning_rate = 1;
  SGD sgd(options);
  std::vector<VariableGradient> pairs;
  for (const Tensor& g : gradients) pairs.push_back({Variable(zeros_like(g)), g});
  sgd.apply_gradients(pairs);
  std::vector<Tensor> result;
  for (const VariableGradient& pair : pairs) result.push_back(pair.variable.value());
  return result;
}

}  // namespace

TEST_CASE(
    "l2_norm scales with its argument over all of the dtype's range, and its gradient stays") {
  for (const DType dtype : {float32, float64})
    for (const Axes& axes : {Axes{}, Axes(0), Axes(1), Axes{0, 1}})
      for (const int exponent : exponents(dtype)) {
        INFO(dtype, ", 2^", exponent);
        const Tensor x = numbers(dtype), far = scaled(x, exponent);
        const Tensor norm = l2_norm(x, axes), far_norm = l2_norm(far, axes);
        const double allowed = tolerance(dtype, exponent);
        const double one = std::ldexp(1.0, exponent);
        for (Index i = 0; i < norm.size(); ++i) {
          const double expected = reshape(norm, {norm.size()}).at(i) * one;
          const double got = reshape(far_norm, {norm.size()}).at(i);
          if (std::isinf(static_cast<float>(expected)) && dtype == float32)
            CHECK(std::isinf(got));
          else
            CHECK(std::abs(got - expected) <= allowed * expected);
        }
        CHECK(largest_difference(gradient_of_norm(far, axes), gradient_of_norm(x, axes)) <=
              allowed);
      }
}

TEST_CASE("a norm of ordinary numbers keeps its bits beside one that needs units") {
  const Tensor x({{1e30, 1e30, 1e30}, {0.1, 0.2, 0.3}, {0, 0, 0}, {1e-30, 2e-30, 2e-30}});
  const Tensor norms = l2_norm(x, 1);
  CHECK(norms.at(1) == l2_norm(Tensor{0.1, 0.2, 0.3}).item());
  CHECK(norms.at(2) == 0);
  CHECK(norms.at(3) == doctest::Approx(3e-30));
  CHECK(norms.at(0) == doctest::Approx(std::sqrt(3) * 1e30));
}

TEST_CASE("a norm of infinity or NaN is that, and one beyond the dtype infinite with a gradient") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(l2_norm(Tensor{infinity, 1}).item() == infinity);
  CHECK(std::isnan(l2_norm(Tensor{NAN, 1e30}).item()));
  CHECK(l2_norm(Tensor{3e38, 3e38}).item() == infinity);
  CHECK(gradient_of_norm(Tensor{3e38, 3e38}, {}).at(0) == doctest::Approx(std::sqrt(0.5)));
  CHECK(l2_norm(zeros({0})).item() == 0);
}

TEST_CASE("the second derivatives of l2_norm scale against its argument") {
  for (const DType dtype : {float32, float64})
    for (const int exponent : exponents(dtype)) {
      if (std::abs(exponent) > (dtype == float32 ? 110 : 1000))
        continue;  // theirs are out of range
      INFO(dtype, ", 2^", exponent);
      const auto norm = [](const Tensor& x) { return l2_norm(x); };
      const Tensor x = numbers(dtype), v = cast(Tensor({{1, 0, 2}, {-1, 1, 0}}, float64), dtype);
      const Tensor expected = hessian_vector_product(norm, x, v);
      const Tensor got = hessian_vector_product(norm, scaled(x, exponent), v);
      CHECK(largest_difference(scaled(got, exponent), expected) <= 10 * tolerance(dtype, 0));
    }
}

// Where the slope of f(norm) vanishes with the norm, f(|x|) is smooth although |x| is not.
TEST_CASE("a smooth function of a norm has its second derivatives where the norm is 0") {
  using Function = Tensor (*)(const Tensor&);
  struct Case {
    Function of_norm;
    double second;  // its derivative of second order at 0
  };
  const Case cases[] = {{[](const Tensor& n) { return square(n); }, 2},
                        {[](const Tensor& n) { return n * n * 0.5 + n * n * n; }, 1},
                        {[](const Tensor& n) { return cos(n); }, -1},
                        {[](const Tensor& n) { return exp(square(n)) - 3 * square(n); }, -4},
                        {[](const Tensor& n) { return n * 3; }, 0}};
  using OfTensor = std::function<Tensor(const Tensor&)>;
  const OfTensor norm = [](const Tensor& x) { return l2_norm(x); };
  const auto kept = [](const OfTensor& f) -> OfTensor {
    return [f](const Tensor& x) { return checkpoint(f, x); };
  };
  for (const DType dtype : {float32, float64})
    for (const Case& c : cases)
      for (const OfTensor& norm_of : {norm, kept(norm), kept(kept(norm))}) {
        const OfTensor f = [&](const Tensor& x) { return c.of_norm(norm_of(x)); };
        const Tensor x = zeros({2, 3}, dtype), v = numbers(dtype);
        for (const OfTensor& g : {f, kept(f)}) {
          Tape tape;
          tape.watch(x);
          CHECK(tape.gradient(g(x), x).to_vector() == std::vector<double>(6, 0));
          CHECK(hessian_vector_product(g, x, v).to_vector() == (c.second * v).to_vector());
        }
      }
}

TEST_CASE("of several norms those that are 0 have their second derivatives, too") {
  const auto f = [](const Tensor& x) {
    const Tensor n = l2_norm(x, 1);
    return square(n) * Tensor({1, 2}, float64);
  };
  const Tensor x({{0, 0}, {3, 4}}, float64), v({{1, -1}, {2, 1}}, float64);
  CHECK(largest_difference(hessian_vector_product(f, x, v), Tensor({{2, -2}, {8, 4}}, float64)) <
        1e-14);
}

// |x|^2 has the Hessian 2 I, whose derivatives are 0; |x|^4 has 4 (x x) I + 8 x x^T.
TEST_CASE("smooth functions of a norm have derivatives of third and fourth order where it is 0") {
  const Tensor zero = zeros({3}, float64), v = ones({3}, float64);
  const auto curvature_of = [&](Tensor (*of_norm)(const Tensor&)) {
    return [&, of_norm](const Tensor& x) {
      const auto f = [&](const Tensor& t) { return of_norm(l2_norm(t)); };
      return sum(hessian_vector_product(f, x, v));
    };
  };
  const auto square_of = curvature_of([](const Tensor& n) { return square(n); });
  const auto fourth_power_of = curvature_of([](const Tensor& n) { return square(square(n)); });
  CHECK(hessian_vector_product(square_of, zero, v).to_vector() == std::vector<double>(3, 0));
  CHECK(hessian_vector_product(fourth_power_of, zero, v).to_vector() == std::vector<double>(3, 72));
}

TEST_CASE("clipping brings gradients of any size down to its norm") {
  for (const DType dtype : {float32, float64}) {
    const std::vector<Tensor> one{numbers(dtype), reshape(numbers(dtype), {6}) * 0.5};
    for (const int exponent : exponents(dtype)) {
      INFO(dtype, ", 2^", exponent);
      std::vector<Tensor> far;
      for (const Tensor& g : one) far.push_back(scaled(g, exponent));
      const double bound = std::ldexp(0.125, exponent > 0 ? 0 : exponent);
      const double unit = std::ldexp(1.0, exponent > 0 ? 0 : exponent);
      for (const bool global : {false, true}) {
        const auto options = [&](double norm) {
          return global ? SGDOptions{.global_clipnorm = norm} : SGDOptions{.clipnorm = norm};
        };
        const std::vector<Tensor> expected = steps(options(0.125), one);
        const std::vector<Tensor> got = steps(options(bound), far);
        for (std::size_t i = 0; i < got.size(); ++i)
          CHECK(largest_difference(cast(got[i], float64) / unit, cast(expected[i], float64)) <=
                tolerance(dtype, exponent));
      }
    }
  }
}

TEST_CASE("a gradient that meets its bound keeps its bits, however large") {
  const Tensor g{1e30, 1e30};
  CHECK(steps({.clipnorm = 1e31}, {g})[0].to_vector() == (-g).to_vector());
  CHECK(steps({.global_clipnorm = 1e31}, {g, g * 1e-38})[0].to_vector() == (-g).to_vector());
  CHECK(steps({.global_clipnorm = 1}, {zeros({2})})[0].to_vector() == std::vector<double>{0, 0});
}

TEST_CASE("a global norm that is not finite makes all gradients NaN") {
  for (const double broken : {static_cast<double>(INFINITY), static_cast<double>(NAN)})
    for (const Tensor& step : steps({.global_clipnorm = 1}, {Tensor{1.0}, Tensor{broken}}))
      CHECK(std::isnan(step.item()));
}

TEST_CASE("constraints project weights of any size") {
  for (const DType dtype : {float32, float64})
    for (const NormAxes& axes : {NormAxes(0), NormAxes(1), NormAxes{0, 1}})
      for (const Constraint& constraint :
           {max_norm(0.25, axes), unit_norm(axes),
            min_max_norm({.min_value = 0.125, .max_value = 0.25, .axes = axes})}) {
        const Tensor w = numbers(dtype);
        const Tensor expected = constraint(Variable(w));
        for (const int exponent : exponents(dtype)) {
          INFO(constraint.name(), ", ", dtype, ", 2^", exponent);
          const Tensor far = scaled(w, exponent), got = constraint(Variable(far));
          if (exponent >= 0)
            CHECK(largest_difference(got, expected) <= tolerance(dtype, exponent));
          else if (constraint.name() == "max_norm")
            CHECK(largest_difference(got, far) == 0);
          else {  // w * bound / 1e-7
            const double bound = constraint.name() == "unit_norm" ? 1 : 0.125;
            CHECK(largest_difference(cast(got, float64) / std::ldexp(1.0, exponent),
                                     cast(w, float64) * (bound / 1e-7)) <=
                  bound / 1e-7 * 2 * tolerance(dtype, exponent));
          }
        }
      }
}

TEST_CASE("constraints bring weights of any size down to bounds of any size") {
  for (const double bound : {1e-45, 1e-300, 1e-320, 1.0, 1e300})
    for (const double size : {1.0, 1e150, 1e300})
      for (const Constraint& constraint :
           {max_norm(bound), min_max_norm({.min_value = 0, .max_value = bound})}) {
        INFO(constraint.name(), " ", bound, " of ", size);
        const Tensor w({3 * size, 4 * size}, float64), got = constraint(Variable(w));
        const double scale = std::fmin(1, bound / size / 5);
        const double allowed = std::fmax(1e-6 * bound, 2e-323);
        for (const Index i : {0, 1}) {
          const double expected = scale < 1e-300 ? bound * (i == 0 ? 0.6 : 0.8) : w.at(i) * scale;
          CHECK(std::abs(got.at(i) - expected) <= allowed);
        }
      }
  CHECK(max_norm(0)(Variable(Tensor({3e300, 4e300}, float64))).to_vector() ==
        std::vector<double>{0, 0});
}

TEST_CASE("the penalty on directions does not depend on lengths") {
  for (const DType dtype : {float32, float64})
    for (const char* mode : {"rows", "columns"}) {
      const Regularizer penalty = orthogonal_regularizer({.factor = 1, .mode = mode});
      const double expected = penalty(numbers(dtype)).item();
      CHECK(std::abs(expected) > 0.01);
      for (const int exponent : exponents(dtype))
        if (exponent >= 0 && exponent < (dtype == float32 ? 126 : 1022))
          CHECK(penalty(scaled(numbers(dtype), exponent)).item() ==
                doctest::Approx(expected).epsilon(1e-6));
    }
}
