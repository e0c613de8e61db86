#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/kernels/elementwise/broadcast.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "naive_broadcast.h"
#include "unary_case.h"

using namespace reel;

namespace {

std::vector<double> values(const Tensor& x) { return x.to_vector(); }

}  // namespace

TEST_CASE("comparisons give 1 or 0 in the operands' dtype") {
  const Tensor a({1, 2, 3}, float64);
  CHECK(values(equal(a, 2)) == std::vector<double>{0, 1, 0});
  CHECK(values(not_equal(a, 2)) == std::vector<double>{1, 0, 1});
  CHECK(values(less(a, 2)) == std::vector<double>{1, 0, 0});
  CHECK(values(less_equal(a, 2)) == std::vector<double>{1, 1, 0});
  CHECK(values(greater(a, 2)) == std::vector<double>{0, 0, 1});
  CHECK(values(greater_equal(a, 2)) == std::vector<double>{0, 1, 1});
  CHECK(less(a, 2).dtype() == float64);
  CHECK(less(Tensor{1}, 2).dtype() == float32);
}

TEST_CASE("NaN equals nothing and is neither less nor greater") {
  const Tensor x{NAN};
  for (auto op : {equal, less, less_equal, greater, greater_equal}) CHECK(op(x, x).at(0) == 0);
  CHECK(not_equal(x, x).at(0) == 1);
}

TEST_CASE("comparisons broadcast") {
  const Tensor column({{1}, {2}}), row({{1, 2, 3}});
  CHECK(less(column, row).shape() == Shape{2, 3});
  CHECK(values(less(column, row)) == std::vector<double>{0, 1, 1, 0, 0, 1});
}

TEST_CASE("comparisons have no gradient") {
  const Tensor x{1, 2};
  Tape tape;
  tape.watch(x);
  const Tensor y = greater(x, 1);
  CHECK_FALSE(tape.gradient(y, x, {.unconnected = Unconnected::none}).defined());
  CHECK(tape.reaches(std::vector{x.id()}, y));
}

TEST_CASE("where chooses position by position, however its operands broadcast") {
  const std::vector<Shape> shapes{{}, {1}, {3}, {2, 1}, {2, 3}, {4, 1, 3}, {0, 2, 1}, {1, 1}};
  for (const Shape& shape_c : shapes)
    for (const Shape& shape_a : shapes)
      for (const Shape& shape_b : shapes) {
        Shape shape;
        try {
          shape = broadcast_shapes("where", broadcast_shapes("where", shape_c, shape_a), shape_b);
        } catch (const ValueError&) {
          continue;
        }
        const Tensor c = greater(some_numbers(shape_c, 0), 1.2);
        const Tensor a = some_numbers(shape_a, 0.617), b = some_numbers(shape_b, 0.45);
        const Tensor y = where(c, a, b);
        REQUIRE(y.shape() == shape);
        CHECK(y.to_vector() == at_every_position(shape, [&](const std::vector<Index>& position) {
                return broadcast_element(broadcast_element(c, position) != 0 ? a : b, position);
              }));
      }
}

TEST_CASE("where keeps long rows apart") {
  const Tensor x = some_numbers({150, 211}, -1.5), limit = some_numbers({150, 1}, -0.7);
  const Tensor y = where(less(x, limit), limit, x);
  CHECK(y.to_vector() == maximum(x, limit).to_vector());
}

TEST_CASE("where has right first and second gradients in both choices") {
  const Tensor c({{1, 0, 1}, {0, 1, 0}}, float64);
  const auto f = [&](const std::vector<Tensor>& xs) { return where(c, exp(xs[0]), xs[1] * xs[1]); };
  CHECK(check_gradients(f, {some_numbers({3}, 0.617), some_numbers({2, 1}, 0.45)}));
  CHECK(check_gradients([&](const Tensor& x) { return where(c, x * x * x, 2.0); },
                        some_numbers({2, 3}, 0.45)));
}

TEST_CASE("what where does not choose may be infinite, and so may its gradient's factor") {
  const Tensor x({0.0, 4.0}, float64);
  CHECK(values(where(equal(x, 0), 7, 1 / x)) == std::vector<double>{7, 0.25});
  const auto safe_root = [](const Tensor& v) { return where(equal(v, 0), 0, sqrt(v)); };
  CHECK(values(safe_root(x)) == std::vector<double>{0, 2});
}

TEST_CASE("where takes numbers in the condition's dtype") {
  const Tensor y = where(Tensor({1, 0}, float64), 3, 4.5);
  CHECK(y.dtype() == float64);
  CHECK(values(y) == std::vector<double>{3, 4.5});
}

TEST_CASE("clip limits, keeps NaN, and passes the gradient inside and at its bounds") {
  const Tensor x({-2, -1, 0.5, 2, 3}, float64);
  CHECK(values(clip(x, -1, 2)) == std::vector<double>{-1, -1, 0.5, 2, 2});
  CHECK(values(slope_of([](const Tensor& v) { return clip(v, -1, 2); }, x)) ==
        std::vector<double>{0, 1, 1, 1, 0});
  CHECK(std::isnan(clip(Tensor{NAN}, 0, 1).at(0)));
  CHECK(check_gradients([](const Tensor& v) { return exp(clip(v, -0.5, 0.75)); },
                        Tensor({-1, 0.1, 0.7, 2}, float64)));
  CHECK(clip(zeros({0, 2}), 0, 1).shape() == Shape{0, 2});
}

TEST_CASE("bounds that float32 rounds still pass the gradient") {
  const Tensor x{0.1f};
  CHECK(slope_of([](const Tensor& v) { return clip(v, 0.1, 1); }, x).at(0) == 1);
}

TEST_CASE("comparisons, where and clip say what does not fit") {
  CHECK_THROWS_WITH_AS(equal(zeros({2}), zeros({3})),
                       "equal: shapes must broadcast; got (2,) and (3,)", ValueError);
  CHECK_THROWS_WITH_AS(less(zeros({2}), zeros({2}, float64)),
                       "less: dtypes must be equal; got float32 and float64; use cast", TypeError);
  CHECK_THROWS_WITH_AS(where(1, zeros({2}), zeros({2})),
                       "where: a tensor is needed; got the number 1", TypeError);
  CHECK_THROWS_WITH_AS(where(zeros({2}), zeros({2}, float64), 1),
                       "where: dtypes must be equal; got float32, float64 and float32; use cast",
                       TypeError);
  CHECK_THROWS_WITH_AS(where(zeros({2}), zeros({3}), 1),
                       "where: shapes must broadcast; got (2,) and (3,)", ValueError);
  CHECK_THROWS_WITH_AS(clip(zeros({2}), 2, 1), "clip: low must be <= high; got 2 and 1",
                       ValueError);
  CHECK_THROWS_WITH_AS(clip(zeros({2}), NAN, 1), "clip: low must be <= high; got nan and 1",
                       ValueError);
}
