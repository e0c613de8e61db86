// Products, quotients and powers whose result is an ordinary number although a part of them is not:
// 1e30 * 1e30 * 1e-30 in float32. Held against long double, in values and gradients of both orders.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "unary_case.h"

using namespace reel;

namespace {

using Exact = long double;
using Row = std::vector<double>;

// As the dtype rounds them; `far` is 1e30 in float32 and 1e300 in float64.
const std::vector<Row>& rows(DType dtype) {
  const auto rows_of = [](double far) {
    const double part = std::pow(far, 2.0 / 3), tiny = 1 / far;
    return std::vector<Row>{{far, tiny, far, tiny},
                            {far, far, tiny, tiny},
                            {tiny, tiny, far, far},
                            {part, part, 1 / part, 1 / part},
                            {1 / part, 1 / part, -part, part},
                            {far, far, 0, tiny},
                            {tiny, tiny, 0, far},
                            {far, far, 3, 1},
                            {tiny, -tiny, 3, 1},
                            {1, 2, 3, -4}};
  };
  static const auto& of_float = *new const std::vector<Row>(rows_of(1e30));
  static const auto& of_double = *new const std::vector<Row>(rows_of(1e300));
  return dtype == float32 ? of_float : of_double;
}

// The product of a row but for two of its elements (of one, where they are the same; -1: none).
Exact product(const Row& row, int without = -1, int nor = -1) {
  Exact result = 1;
  for (int i = 0; i < static_cast<int>(row.size()); ++i)
    if (i != without && i != nor) result *= static_cast<Exact>(row[static_cast<std::size_t>(i)]);
  return result;
}

void check_near(DType dtype, double got, Exact exact) {
  INFO(dtype, ": ", static_cast<double>(exact), " and not ", got);
  dispatch(dtype, [&](auto zero) {
    using T = decltype(zero);
    const T expected = static_cast<T>(exact);
    const Exact unit = std::numeric_limits<T>::epsilon();
    if (std::isfinite(expected))
      CHECK(std::fabs(static_cast<Exact>(got) - exact) <=
            4 * (unit * std::fabs(exact) + std::numeric_limits<T>::denorm_min()));
    else
      CHECK(got == expected);
  });
}

}  // namespace

TEST_CASE("a product and its derivatives do not depend on what part of them would be") {
  for (const DType dtype : {float32, float64})
    for (const Row& numbers : rows(dtype))
      for (const Shape& shape : {Shape{4}, Shape{2, 2}, Shape{2, 1, 2}, Shape{4, 1}}) {
        const Tensor flat = cast(Tensor(numbers, {4}), dtype);
        const Row row = flat.to_vector();
        INFO(flat, " as ", shape);
        Tape outer;
        outer.watch(flat);
        Tensor y, dx, fused;
        {
          Tape inner;
          inner.watch(flat);
          y = prod(reshape(flat, shape));
          dx = inner.gradient(y, flat);
          const auto pause = outer.pause();
          fused = inner.gradient(y, flat);
        }
        check_near(dtype, y.item(), product(row));
        for (int i = 0; i < 4; ++i) {
          check_near(dtype, dx.at(i), product(row, i));
          check_near(dtype, fused.at(i), product(row, i));
        }
        const Tensor ddx = outer.gradient(dx, flat);  // of the sum of dx
        for (int k = 0; k < 4; ++k) {
          Exact sum = 0, size = 0;
          for (int i = 0; i < 4; ++i) {
            sum += i == k ? 0 : product(row, i, k);
            size += i == k ? 0 : std::fabs(product(row, i, k));
          }
          if (size == std::fabs(sum)) check_near(dtype, ddx.at(k), sum);
        }
      }
}

TEST_CASE("a product of some axes is right beside one that overflows, and keeps its bits") {
  const Tensor x({{{1e30, 0.1}, {1e30, 0.2}}, {{1e-30, 0.3}, {1e-30, 0.7}}});
  const Tensor y = prod(x, {0, 1});
  CHECK(y.at(0) == doctest::Approx(1));
  const Tensor ordinary = slice(x, {0, 0, 1}, {2, 2, 1});
  CHECK(y.at(1) == prod(ordinary, {0, 1}).item());
  CHECK(prod(x, {0, 1}, true).shape() == Shape{1, 1, 2});
  const Tensor first = slope_of([](const Tensor& v) { return prod(v, {0, 1}); }, x);
  CHECK(first.at(0, 0, 0) == doctest::Approx(1e-30));
  CHECK(first.at(1, 1, 1) == doctest::Approx(0.006));
}

TEST_CASE("a product of infinities, NaN and zeros is what IEEE 754 says of all of them at once") {
  CHECK(prod(Tensor{1e-30, 1e-30, INFINITY, -1e-30}).item() == -INFINITY);
  CHECK(prod(Tensor{INFINITY, 1e-30, 1e-30, 1e-30}).item() == INFINITY);
  CHECK(prod(Tensor{1e30, 1e30, -0.0}).item() == 0);
  CHECK(std::isnan(prod(Tensor{0.0, INFINITY}).item()));
  CHECK(std::isnan(prod(Tensor{1e30, 1e30, NAN}).item()));
}

TEST_CASE("a quotient has the gradient of its divisor where the gradient by itself is large") {
  for (const DType dtype : {float32, float64}) {
    const double far = dtype == float32 ? 1e30 : 1e300, half = std::sqrt(far);
    const Tensor a(far, dtype), b(half, dtype);
    Tape tape;
    tape.watch(b);
    const Tensor y = a / b;
    const double seed = std::pow(far, 25.0 / 30);
    const Tensor db = tape.gradient(y, b, {.output_gradients = {Tensor(seed, dtype)}});
    CHECK(db.item() == doctest::Approx(-seed));
  }
}

// x^n for n = 0, 1, 2 is a polynomial, so its derivatives are 0 or not, but never NaN.
TEST_CASE("a power with a small whole exponent has its derivatives at numbers of any size") {
  for (const DType dtype : {float32, float64})
    for (const double exponent : {0.0, 1.0, 2.0})
      for (const double size :
           {0.0, 1e-323, 1e-310, 1e-300, 1e-160, 1e-45, 1e-40, 1e-30, 1e-19, 1e-3, 1.0, 1e18})
        for (const double sign : {1.0, -1.0}) {
          const Tensor x(sign * size, dtype), n(exponent, dtype);
          const double at = x.item();
          INFO(dtype, ": ", at, "^", exponent);
          Tape outer;
          outer.watch(x);
          Tensor dx;
          {
            Tape inner;
            inner.watch(x);
            const Tensor y = pow(x, n);
            dx = inner.gradient(y, x);
          }
          CHECK(dx.item() == (exponent == 0 ? 0 : exponent == 1 ? 1 : 2 * at));
          CHECK(outer.gradient(dx, x).item() == (exponent == 2 ? 2 : 0));
        }
}

TEST_CASE("the mixed derivative of a power is 1 / a at the exponent 0") {
  for (const double a : {1e-38, 1e-30, 1e-10, 0.5, 3.0, 1e30})
    for (const double sign : {1.0, -1.0}) {
      const Tensor base(sign * a), exponent(0.0);
      Tape outer;
      outer.watch(exponent);
      Tensor slope;
      {
        Tape inner;
        inner.watch(base);
        slope = inner.gradient(pow(base, exponent), base);
      }
      CHECK(outer.gradient(slope, exponent).item() == doctest::Approx(sign / a));
    }
}
