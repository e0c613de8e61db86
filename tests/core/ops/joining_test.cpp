// concat, stack, split, add_n.
#include <doctest/doctest.h>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "by_position.h"

using namespace reel;
using namespace reel::testing;

TEST_CASE("concat puts tensors one behind the other along any axis") {
  const Tensor a = sample({2, 3, 2}, 1), b = sample({2, 1, 2}, 2), c = sample({2, 4, 2}, 3);
  const Tensor expected = by_position({2, 8, 2}, [&](const Position& p) {
    if (p[1] < 3) return a.at(p[0], p[1], p[2]);
    return p[1] < 4 ? b.at(p[0], p[1] - 3, p[2]) : c.at(p[0], p[1] - 4, p[2]);
  });
  CHECK(same(concat(std::vector{a, b, c}, 1), expected));
  CHECK(same(concat(std::vector{a, b, c}, -2), expected));
}

TEST_CASE("concat of one tensor is that tensor, and empty parts add nothing") {
  const Tensor a = sample({2, 3});
  CHECK(same(concat(std::vector{a}), a));
  CHECK(same(concat(std::vector{zeros({0, 3}, float64), a, zeros({0, 3}, float64)}), a));
}

TEST_CASE("concat takes more tensors than a joint rule has places") {
  std::vector<Tensor> xs;
  for (std::uint64_t i = 0; i < 12; ++i) xs.push_back(sample({1, 2}, i));
  CHECK(check_gradients(
      [](const std::vector<Tensor>& parts) {
        const Tensor y = concat(parts);
        return y * y * y;
      },
      xs));
}

TEST_CASE("concat refuses tensors that do not fit") {
  CHECK_THROWS_WITH_AS(concat(std::vector{sample({2, 3}), sample({2, 4})}),
                       "concat: shapes must be equal but for axis 0; got (2, 3) and (2, 4) "
                       "(tensor 1)",
                       ValueError);
  CHECK_THROWS_WITH_AS(concat(std::vector{sample({2, 3}), sample({2})}),
                       "concat: shapes must be equal but for axis 0; got (2, 3) and (2,) "
                       "(tensor 1)",
                       ValueError);
  CHECK_THROWS_WITH_AS(concat(std::vector{sample({2}), zeros({2})}),
                       "concat: dtypes must be equal; got float64 and float32 (tensor 1); use cast",
                       TypeError);
  CHECK_THROWS_WITH_AS(concat(std::vector<Tensor>{}),
                       "concat: at least one tensor is needed; got none", ValueError);
  CHECK_THROWS_WITH_AS(concat(std::vector{sample({2})}, 1),
                       "concat: axis must be in [-1, 1) for rank 1; got 1", ValueError);
}

TEST_CASE("stack joins along a new axis") {
  const Tensor a = sample({2, 3}, 1), b = sample({2, 3}, 2);
  for (int axis : {0, 1, 2, -1}) {
    const Tensor y = stack(std::vector{a, b}, axis);
    const int new_axis = axis < 0 ? axis + 3 : axis;
    const Tensor expected = by_position(y.shape(), [&](Position p) {
      const Tensor& from = p[new_axis] == 0 ? a : b;
      p.erase(p.begin() + new_axis);
      return at(from, p);
    });
    CHECK(y.dim(new_axis) == 2);
    CHECK(same(y, expected));
  }
}

TEST_CASE("stack refuses tensors that do not fit") {
  CHECK_THROWS_WITH_AS(stack(std::vector{sample({2, 3}), sample({3, 2})}),
                       "stack: shapes must be equal; got (2, 3) and (3, 2) (tensor 1)", ValueError);
  CHECK_THROWS_WITH_AS(stack(std::vector{sample({2})}, 2),
                       "stack: axis must be in [-2, 2) for rank 2; got 2", ValueError);
}

TEST_CASE("split gives back what concat joined") {
  const Tensor x = sample({2, 6, 2});
  CHECK(same(concat(split(x, 3, 1), 1), x));
  const std::vector<Tensor> parts = split(x, std::vector<Index>{1, 0, 5}, -2);
  REQUIRE(parts.size() == 3);
  CHECK(parts[1].shape() == Shape{2, 0, 2});
  CHECK(parts[2].at(1, 4, 1) == x.at(1, 5, 1));
  CHECK(same(concat(parts, 1), x));
}

TEST_CASE("split refuses parts that do not add up") {
  const Tensor x = sample({2, 6});
  CHECK_THROWS_WITH_AS(split(x, 4, 1),
                       "split: axis 1 of shape (2, 6) must divide into equal parts; got 4 parts",
                       ValueError);
  CHECK_THROWS_WITH_AS(split(x, 0, 1),
                       "split: axis 1 of shape (2, 6) must divide into equal parts; got 0 parts",
                       ValueError);
  CHECK_THROWS_WITH_AS(split(x, std::vector<Index>{1, 2}, 1),
                       "split: sizes must add up to axis 1 of shape (2, 6); got 3", ValueError);
  CHECK_THROWS_WITH_AS(split(x, std::vector<Index>{7, -1}, 1), "split: sizes must be >= 0; got -1",
                       ValueError);
}

TEST_CASE("add_n sums tensors of one shape") {
  const Tensor a = sample({20000}, 1), b = sample({20000}, 2), c = sample({20000}, 3);
  CHECK(same(add_n(std::vector{a, b, c}), a + b + c));
  CHECK(same(add_n(std::vector{a}), a));
}

TEST_CASE("add_n refuses tensors that do not fit") {
  CHECK_THROWS_WITH_AS(add_n(std::vector{sample({2}), sample({1})}),
                       "add_n: shapes must be equal; got (2,) and (1,) (tensor 1)", ValueError);
  CHECK_THROWS_WITH_AS(add_n(std::vector<Tensor>{}),
                       "add_n: at least one tensor is needed; got none", ValueError);
}

TEST_CASE("gradients of joining and splitting are right to second order") {
  const std::vector<Tensor> xs{sample({2, 3}, 1), sample({2, 3}, 2), sample({2, 3}, 3)};
  CHECK(check_gradients(
      [](const std::vector<Tensor>& v) {
        const Tensor y = concat(v, -1);
        return y * y * y;
      },
      xs));
  CHECK(check_gradients(
      [](const std::vector<Tensor>& v) {
        const Tensor y = stack(v, 1);
        return y * y * y;
      },
      xs));
  CHECK(check_gradients(
      [](const std::vector<Tensor>& v) {
        const Tensor y = add_n(v);
        return y * y * y;
      },
      xs));
  CHECK(check_gradients(
      [](const Tensor& x) {
        const std::vector<Tensor> parts = split(x, std::vector<Index>{1, 2, 1}, 1);
        return parts[0] * parts[1] * parts[2] * parts[1];
      },
      sample({2, 4})));
}

TEST_CASE("a tensor joined twice gets both gradients") {
  const Tensor x = sample({2});
  Tape tape;
  tape.watch(x);
  CHECK(same(tape.gradient(concat(std::vector{x, x}), x), full({2}, 2.0, float64)));
}
