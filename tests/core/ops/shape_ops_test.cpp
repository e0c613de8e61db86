// reshape, flatten, transpose, broadcast_to, tile.
#include <doctest/doctest.h>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "by_position.h"

using namespace reel;
using namespace reel::testing;

namespace {

// The op's cube, so that its rule enters the second derivative.
template <class Op>
bool gradients_are_right(Op op, const Tensor& x) {
  return bool(check_gradients([&](const Tensor& at) { return op(at) * op(at) * op(at); }, x));
}

Tensor transposed_by_position(const Tensor& x, const std::vector<int>& permutation) {
  Shape shape;
  for (int axis : permutation) shape.push_back(x.shape()[axis]);
  return by_position(shape, [&](const Position& p) {
    Position q(p.size());
    for (std::size_t i = 0; i < p.size(); ++i) q[permutation[i]] = p[i];
    return at(x, q);
  });
}

Tensor broadcast_by_position(const Tensor& x, const Shape& shape) {
  return by_position(shape, [&](const Position& p) {
    Position q(p.end() - x.rank(), p.end());
    for (int i = 0; i < x.rank(); ++i)
      if (x.shape()[i] == 1) q[i] = 0;
    return at(x, q);
  });
}

}  // namespace

TEST_CASE("reshape keeps the elements and shares their memory") {
  const Tensor x = sample({2, 3, 4});
  const Tensor y = reshape(x, {4, 6});
  CHECK(y.shape() == Shape{4, 6});
  CHECK(y.data<double>() == x.data<double>());
}

TEST_CASE("reshape works out the extent given as -1") {
  const Tensor x = sample({2, 3, 4});
  CHECK(reshape(x, {-1}).shape() == Shape{24});
  CHECK(reshape(x, {4, -1, 2}).shape() == Shape{4, 3, 2});
  CHECK(reshape(zeros({0, 4}), {-1, 2}).shape() == Shape{0, 2});
}

TEST_CASE("reshape refuses shapes that hold another number of elements") {
  const Tensor x = sample({2, 3});
  CHECK_THROWS_WITH_AS(reshape(x, {4}),
                       "reshape: shape (4,) must hold the 6 elements of shape (2, 3)", ValueError);
  CHECK_THROWS_WITH_AS(reshape(x, {4, -1}),
                       "reshape: shape (4, ?) must hold the 6 elements of shape (2, 3)",
                       ValueError);
  const Index inverse = 7905747460161236407;  // times 7 it is 1 modulo 2^64
  CHECK_THROWS_WITH_AS(reshape(x, {7, inverse, 6}),
                       "reshape: shape (7, 7905747460161236407, 6) must hold the 6 elements of "
                       "shape (2, 3)",
                       ValueError);
  CHECK_THROWS_WITH_AS(reshape(x, {-1, -1}),
                       "reshape: at most one extent may be -1; got shape (?, ?)", ValueError);
  CHECK_THROWS_WITH_AS(reshape(zeros({0, 3}), {0, -1}),
                       "reshape: -1 cannot be worked out beside an extent of 0; got shape (0, ?)",
                       ValueError);
  CHECK_THROWS_WITH_AS(reshape(2.0, {1}), "reshape: a tensor is needed; got the number 2",
                       TypeError);
}

TEST_CASE("flatten joins all axes but the first, also of an empty batch") {
  CHECK(flatten(sample({2, 3, 4})).shape() == Shape{2, 12});
  CHECK(flatten(sample({5})).shape() == Shape{5, 1});
  CHECK(flatten(zeros({0, 3, 4})).shape() == Shape{0, 12});
  CHECK_THROWS_WITH_AS(flatten(Tensor(1.0)), "flatten: rank must be >= 1; got shape ()",
                       ValueError);
}

TEST_CASE("transpose puts axis permutation[i] of x at axis i") {
  const Tensor x = sample({2, 3, 4, 5});
  for (const std::vector<int>& permutation :
       {std::vector<int>{0, 3, 1, 2}, {0, 2, 3, 1}, {3, 2, 1, 0}, {1, 0, 2, 3}, {2, 0, 3, 1}})
    CHECK(same(transpose(x, permutation), transposed_by_position(x, permutation)));
}

TEST_CASE("transpose without a permutation reverses all axes") {
  const Tensor x = sample({2, 3, 4});
  CHECK(same(transpose(x), transposed_by_position(x, {2, 1, 0})));
  CHECK(transpose(Tensor(3.0)).item() == 3.0);
}

TEST_CASE("transpose counts negative axes from the end") {
  const Tensor x = sample({2, 3, 4});
  CHECK(same(transpose(x, {0, -1, -2}), transpose(x, {0, 2, 1})));
}

TEST_CASE("transpose of more than a tile is right at sizes that do not fit the blocks") {
  for (const Shape& shape : {Shape{2, 257, 129}, Shape{3, 12345, 3}, Shape{1, 3, 33333}}) {
    const Tensor x = sample(shape);
    CHECK(same(transpose(x, {0, 2, 1}), transposed_by_position(x, {0, 2, 1})));
  }
}

TEST_CASE("transpose shares the memory when only axes of extent 1 move") {
  const Tensor x = sample({2, 3, 4, 1});
  const Tensor y = transpose(x, {0, 3, 1, 2});
  CHECK(y.data<double>() == x.data<double>());
  CHECK(same(y, transposed_by_position(x, {0, 3, 1, 2})));
}

TEST_CASE("transpose refuses a list that is no permutation") {
  const Tensor x = sample({2, 3});
  CHECK_THROWS_WITH_AS(transpose(x, {0}),
                       "transpose: permutation must name the 2 axes of shape (2, 3); got 1 axes",
                       ValueError);
  CHECK_THROWS_WITH_AS(transpose(x, {1, -1}),
                       "transpose: permutation must name each axis once; got axis -1 twice",
                       ValueError);
  CHECK_THROWS_WITH_AS(transpose(x, {0, 2}), "transpose: axis must be in [-2, 2) for rank 2; got 2",
                       ValueError);
}

TEST_CASE("broadcast_to repeats axes of extent 1 and adds axes in front") {
  for (const Shape& from : {Shape{}, Shape{4}, Shape{3, 1}, Shape{1, 4}, Shape{2, 1, 1}}) {
    const Tensor x = sample(from);
    CHECK(same(broadcast_to(x, {2, 3, 4}), broadcast_by_position(x, {2, 3, 4})));
  }
}

TEST_CASE("broadcast_to fills more than a tile") {
  const Tensor row = sample({70001}), column = sample({70001, 1});
  CHECK(same(broadcast_to(row, {2, 70001}), broadcast_by_position(row, {2, 70001})));
  CHECK(same(broadcast_to(column, {70001, 2}), broadcast_by_position(column, {70001, 2})));
}

TEST_CASE("broadcast_to refuses shapes that it cannot reach") {
  CHECK_THROWS_WITH_AS(broadcast_to(sample({3}), {2, 4}),
                       "broadcast_to: shape (3,) must broadcast to (2, 4)", ValueError);
  CHECK_THROWS_WITH_AS(broadcast_to(sample({2, 1}), {2}),
                       "broadcast_to: shape (2, 1) must broadcast to (2,)", ValueError);
  CHECK_THROWS_WITH_AS(broadcast_to(sample({3}), {1}),
                       "broadcast_to: shape (3,) must broadcast to (1,)", ValueError);
}

TEST_CASE("tile repeats the whole tensor along each axis") {
  const Tensor x = sample({2, 3, 2});
  const Tensor expected =
      by_position({4, 3, 6}, [&](const Position& p) { return x.at(p[0] % 2, p[1] % 3, p[2] % 2); });
  CHECK(same(tile(x, {2, 1, 3}), expected));
  CHECK(tile(x, {1, 0, 1}).shape() == Shape{2, 0, 2});
}

TEST_CASE("tile works at the highest rank") {
  const Tensor x = sample({2, 1, 2, 1, 2, 1, 2, 1});
  const Tensor y = tile(x, {1, 2, 1, 2, 1, 2, 1, 2});
  CHECK(y.shape() == Shape{2, 2, 2, 2, 2, 2, 2, 2});
  CHECK(y.at(1, 1, 0, 1, 1, 0, 1, 1) == x.at(1, 0, 0, 0, 1, 0, 1, 0));
}

TEST_CASE("tile refuses multiples that do not fit") {
  CHECK_THROWS_WITH_AS(
      tile(sample({2, 3}), {2}),
      "tile: there must be a multiple for each of the 2 axes of shape (2, 3); got 1", ValueError);
  CHECK_THROWS_WITH_AS(tile(sample({2, 3}), {2, -1}),
                       "tile: multiples must be >= 0; got -1 for axis 1", ValueError);
}

TEST_CASE("gradients of rearrangements are right to second order") {
  const Tensor x = sample({2, 3, 2});
  CHECK(gradients_are_right([](const Tensor& v) { return reshape(v, {4, -1}); }, x));
  CHECK(gradients_are_right([](const Tensor& v) { return flatten(v); }, x));
  CHECK(gradients_are_right([](const Tensor& v) { return transpose(v, {2, 0, 1}); }, x));
  CHECK(gradients_are_right([](const Tensor& v) { return broadcast_to(v, {2, 2, 3, 2}); }, x));
  CHECK(gradients_are_right([](const Tensor& v) { return tile(v, {2, 1, 3}); }, x));
}

TEST_CASE("a broadcast to an empty shape has a gradient of zeros") {
  const Tensor x = sample({1, 3});
  Tape tape;
  tape.watch(x);
  CHECK(same(tape.gradient(broadcast_to(x, {0, 3}), x), zeros({1, 3}, float64)));
}

TEST_CASE("rearrangements move float32 as they move float64") {
  const Tensor x = cast(sample({2, 3, 5}), float32);
  const Tensor wide = cast(x, float64);
  const auto agrees = [&](auto op) {
    return op(x).dtype() == float32 && same(cast(op(x), float64), op(wide));
  };
  CHECK(agrees([](const Tensor& v) { return transpose(v); }));
  CHECK(agrees([](const Tensor& v) { return broadcast_to(v, {4, 2, 3, 5}); }));
  CHECK(agrees([](const Tensor& v) { return tile(v, {1, 2, 2}); }));
}

TEST_CASE("rearrangements of empty tensors are empty") {
  CHECK(transpose(zeros({0, 3})).shape() == Shape{3, 0});
  CHECK(broadcast_to(zeros({0, 1}), {2, 0, 3}).shape() == Shape{2, 0, 3});
  CHECK(tile(zeros({0, 2}), {3, 2}).shape() == Shape{0, 4});
}
