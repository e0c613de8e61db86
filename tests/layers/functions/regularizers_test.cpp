#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/layers/functions/regularizers.h>

using namespace reel;

namespace {

const Tensor w({{1, -2}, {3, 0.5}}, float64);

Regularizer known(const Regularizer& regularizer) {
  return resolve(regularizer, "dense: kernel_regularizer");
}

}  // namespace

// Proves: 3.2 l1, l2
TEST_CASE("3.2 l1 sums magnitudes and l2 squares, without one half") {
  CHECK(l1(0.1)(w).item() == doctest::Approx(0.65));
  CHECK(l2(0.1)(w).item() == doctest::Approx(1.425));
  CHECK(l1_l2({.l1 = 0.1, .l2 = 0.2})(w).item() == doctest::Approx(0.65 + 2.85));
  CHECK(l1(-0.1)(w).item() == doctest::Approx(-0.65));
}

// Proves: 3.2 defaults; 8.25
TEST_CASE("3.2 by name l1, l2 and l1_l2 have coefficients 0.01, the class L1L2 has 0") {
  CHECK(known("l1")(w).item() == doctest::Approx(0.065));
  CHECK(known("L2")(w).item() == doctest::Approx(0.1425));
  CHECK(known("l1_l2")(w).item() == doctest::Approx(0.065 + 0.1425));
  CHECK(l1()(w).item() == doctest::Approx(0.065));
  CHECK(l2()(w).item() == doctest::Approx(0.1425));
  CHECK(l1_l2()(w).item() == doctest::Approx(0.065 + 0.1425));
  CHECK(known("L1L2")(w).item() == 0.0);
  CHECK(known({"L1L2", {{"l2", 1.0}}})(w).item() == doctest::Approx(14.25));
  CHECK(known({"l1", {{"l1", ParameterValue()}}}) == l1());
}

// Proves: regularizers: test_orthogonal_regularizer; 3.2 orthogonal
TEST_CASE("3.2 the orthogonal regularizer is factor times the mean product of scaled rows") {
  const double a = std::sqrt(1 + 4.0), b = std::sqrt(9 + 0.25), c = std::sqrt(10.0);
  CHECK(orthogonal_regularizer({.factor = 0.5})(w).item() ==
        doctest::Approx(0.5 * (3 - 1) / (a * b)));
  CHECK(orthogonal_regularizer({.factor = 0.5, .mode = "columns"})(w).item() ==
        doctest::Approx(0.5 * (-2 + 1.5) / (c * std::sqrt(4.25))));
  const Tensor three({{1, 0}, {0, 2}, {3, 3}}, float64);
  CHECK(known("orthogonal_regularizer")(three).item() ==
        doctest::Approx(0.01 * (0 + std::sqrt(0.5) + std::sqrt(0.5)) / 3));
  CHECK(orthogonal_regularizer()(Tensor({{1, 2}}, float64)).item() == 0.0);
}

TEST_CASE("the gradients of the penalties are right to second order") {
  CHECK(check_gradients([](const Tensor& x) { return l1(0.3)(x); }, w));
  CHECK(check_gradients([](const Tensor& x) { return l2(0.3)(x); }, w));
  CHECK(check_gradients([](const Tensor& x) { return l1_l2({0.3, 0.2})(x); }, w));
  CHECK(
      check_gradients([](const Tensor& x) { return orthogonal_regularizer({.factor = 1})(x); }, w));
  CHECK(check_gradients(
      [](const Tensor& x) { return orthogonal_regularizer({.factor = 1, .mode = "columns"})(x); },
      w));
}

TEST_CASE("penalties keep the dtype, also those that are zero") {
  const Tensor x{1, 2};
  for (const Regularizer& r : {l1(), l2(), l1_l2(), l1_l2({0, 0})}) CHECK(r(x).dtype() == float32);
}

TEST_CASE("a regularizer remembers what made it") {
  CHECK(l2(0.5).name() == "l2");
  CHECK(l2(0.5) == known({"l2", {{"l2", 0.5}}}));
  CHECK_FALSE(l2(0.5) == l2(0.25));
  CHECK_FALSE(known(Regularizer()));
}

// Proves: 3.2 refused
TEST_CASE("3.2 regularizers refuse what has no meaning") {
  CHECK_THROWS_WITH_AS(l1(std::numeric_limits<double>::infinity()),
                       "l1: l1 must be finite; got inf", ValueError);
  CHECK_THROWS_WITH_AS(l2(std::nan("")), "l2: l2 must be finite; got nan", ValueError);
  CHECK_THROWS_WITH_AS(orthogonal_regularizer({.mode = "diagonals"}),
                       "orthogonal_regularizer: mode must be rows or columns; got 'diagonals'",
                       ValueError);
  CHECK_THROWS_WITH_AS(orthogonal_regularizer()(Tensor{1, 2}),
                       "orthogonal_regularizer: the weight's rank must be 2; got shape (2,)",
                       ValueError);
  CHECK_THROWS_WITH_AS(known({"l2", {{"l3", 0.1}}}),
                       "dense: kernel_regularizer: 'l2' has no parameter 'l3'", TypeError);
  CHECK_THROWS_WITH_AS(
      known("L3"),
      "dense: kernel_regularizer: Unknown regularizer: 'L3'; known are l1, L1, l2, L2, l1_l2, "
      "L1L2, orthogonal_regularizer, OrthogonalRegularizer; a function can be given instead",
      ValueError);
}
