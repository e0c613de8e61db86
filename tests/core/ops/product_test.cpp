#include <doctest/doctest.h>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "unary_case.h"

using namespace reel;

namespace {

Tensor product(const Tensor& x) { return prod(x, 1); }

}  // namespace

TEST_CASE("the gradient of a product is the product of the other factors, zeros or not") {
  const Tensor x({{2, 3, 4}, {2, 0, 4}, {0, 3, 0}}, float64);
  CHECK(product(x).to_vector() == std::vector<double>{24, 0, 0});
  CHECK(slope_of(product, x).to_vector() == std::vector<double>{12, 8, 6, 0, 8, 0, 0, 0, 0});
}

TEST_CASE("prod has right first and second gradients at none, one, two and three zeros") {
  const Tensor x({{2, 3, -4, 0.5}, {2, 0, -4, 0.5}, {0, 3, 0, 0.5}, {0, 0, 0, 0.5}}, float64);
  CHECK(check_gradients(product, x));
  CHECK(check_gradients([](const Tensor& v) { return prod(v, 0); }, x));
  CHECK(check_gradients([](const Tensor& v) { return prod(v, {0, 2}); }, reshape(x, {2, 4, 2})));
}

TEST_CASE("prod has a right third gradient at a zero") {
  const Tensor x({{2, 0, -4, 0.5}}, float64);
  const auto first = [](const Tensor& v) {
    Tape tape;
    tape.watch(v);
    return tape.gradient(prod(v), v);
  };
  CHECK(check_gradients(first, x));
}

TEST_CASE("a product that underflows still has the gradient of its other factors") {
  const Tensor x({{1e-200, 1e-200, 3}}, float64);
  CHECK(prod(x).item() == 0);
  CHECK(slope_of(product, x).at(0, 0) == doctest::Approx(3e-200).epsilon(1e-12));
}

TEST_CASE("the gradient of an empty product is empty") {
  CHECK(slope_of(product, zeros({2, 0})).shape() == Shape{2, 0});
}
