// l1 and l2 over the whole range of both dtypes, with the gradients of both orders.
//
// Read before: weighed_sums.h.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <reel/core/derivatives/hessian.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>
#include <reel/layers/functions/regularizers.h>

using namespace reel;

namespace {

using Exact = long double;

// Right but for 8 units in the last place, of the dtype's smallest number where that is more.
template <class T>
bool is_near(double got, Exact exact) {
  using Limits = std::numeric_limits<T>;
  if (std::fabs(exact) > Exact{Limits::max()}) return std::isinf(got) && (got > 0) == (exact > 0);
  return std::fabs(got - exact) <=
         8 * (Exact{Limits::epsilon()} * std::fabs(exact) + Exact{Limits::denorm_min()});
}

// Numbers of about this size, one of another sign, and a 0.
template <class T>
void check(double size, double factor) {
  const T s = static_cast<T>(size);
  const std::vector<T> x{s, -s / 2, 0, s / 4, -s};
  const Tensor of(x, {5}), ones = ones_like(of);
  Exact magnitudes = 0, squares = 0;
  for (const T v : x) {
    magnitudes += std::fabs(Exact{v});
    squares += Exact{v} * Exact{v};
  }
  const auto check_one = [&](const Regularizer& regularizer, Exact value, auto slope, Exact bend) {
    INFO(regularizer.name(), "(", factor, ") of ", size, ", ", sizeof(T) * 8, " bits");
    Tape tape;
    tape.watch(of);
    const Tensor y = regularizer(of);
    CHECK(is_near<T>(y.item(), value));
    if (std::isinf(y.item())) return;
    const Tensor dx = tape.gradient(y, of);
    const Tensor second =
        hessian_vector_product([&](const Tensor& v) { return regularizer(v); }, of, ones);
    for (std::size_t i = 0; i < x.size(); ++i) {
      CHECK(is_near<T>(dx.at(static_cast<Index>(i)), slope(Exact{x[i]})));
      CHECK(is_near<T>(second.at(static_cast<Index>(i)), bend));
    }
  };
  const auto sign = [](Exact v) { return v > 0 ? 1.0L : v < 0 ? -1.0L : 0.0L; };
  check_one(
      l1(factor), factor * magnitudes, [&](Exact v) { return factor * sign(v); }, 0);
  check_one(
      l2(factor), factor * squares, [&](Exact v) { return 2 * factor * v; }, 2 * factor);
  if (factor == 0) return;  // of two zeros it is a constant
  check_one(
      l1_l2({.l1 = factor, .l2 = factor}), factor * (magnitudes + squares),
      [&](Exact v) { return factor * (sign(v) + 2 * v); }, 2 * factor);
}

}  // namespace

TEST_CASE("l1 and l2 are right wherever their values are in the range, also where a sum is not") {
  for (const double factor : {0.01, 1.0, -0.5, 0.0, 1e-4, 1e-30, -1e-37, 1e-42, 1e-60, 1e20, 1e30})
    for (const double size : {1.0, 1e-10, 1e-25, 1e-37, 1e10, 1e18, 2e19, 1e25, 1e30, 3e38}) {
      check<float>(size, factor);
      check<double>(size, factor);
    }
  for (const double factor : {0.0, 1e-100, 1e-200, 1e-300, -1e-307, 1e-310, 1e200, 1e300})
    for (const double size : {1e-300, 1e-160, 1e-100, 1e100, 1e154, 1e200, 1e300, 1.7e308})
      check<double>(size, factor);
}

TEST_CASE("what fits has the bits of the formula as it stands") {
  const Tensor x{0.1, -2.3, 4.5};
  CHECK(l1(0.1)(x).item() == (0.1 * sum(abs(x))).item());
  CHECK(l2(0.1)(x).item() == (0.1 * sum(square(x))).item());
}

TEST_CASE("penalties of nothing are 0, of infinity infinite, of NaN NaN") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const Regularizer& regularizer : {l1(0.1), l2(0.1), l1_l2()}) {
    CHECK(regularizer(zeros({0, 3})).item() == 0);
    CHECK(regularizer(Tensor{1, infinity}).item() == infinity);
    CHECK(std::isnan(regularizer(Tensor{1, std::nan("")}).item()));
  }
}
