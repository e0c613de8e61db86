#include <doctest/doctest.h>

#include <reel/core/error.h>
#include <reel/core/kernels/elementwise/broadcast.h>
#include <reel/core/shape.h>

using namespace reel;

TEST_CASE("a shape prints as NumPy prints it") {
  CHECK(Shape{}.str() == "()");
  CHECK(Shape{3}.str() == "(3,)");
  CHECK(Shape{32, 28, 28, 1}.str() == "(32, 28, 28, 1)");
  CHECK(fmt::format("{:>8}|", Shape{Shape::unknown, 2}) == "  (?, 2)|");
}

TEST_CASE("a shape has at most eight extents, none negative") {
  CHECK_THROWS_WITH_AS((Shape{1, 2, 3, 4, 5, 6, 7, 8, 9}), "shape: rank must be at most 8; got 9",
                       ValueError);
  CHECK_THROWS_WITH_AS((Shape{-2}), "shape: an extent must be >= 0; got -2", ValueError);
}

TEST_CASE("shapes broadcast as in NumPy") {
  CHECK(broadcast_shapes("add", {2, 1, 3}, {4, 1}) == Shape{2, 4, 3});
  CHECK(broadcast_shapes("add", {}, {0, 3}) == Shape{0, 3});
  CHECK_THROWS_WITH_AS(broadcast_shapes("add", {2, 3}, {2}),
                       "add: shapes must broadcast; got (2, 3) and (2,)", ValueError);
}

TEST_CASE("a shape is outer blocks of n rows of inner elements around each of its axes") {
  const Shape shape{2, 3, 4, 5};
  const auto at = [&](int axis) {
    const AroundAxis around = shape.around(axis);
    return Shape{around.outer, around.n, around.inner};
  };
  CHECK(at(0) == Shape{1, 2, 60});
  CHECK(at(2) == Shape{6, 4, 5});
  CHECK(at(3) == Shape{24, 5, 1});
  CHECK(at(-1) == at(3));
  CHECK(Shape{7, 0, 3}.around(0).inner == 0);
}

TEST_CASE("an element's number becomes an index on each axis, row by row") {
  const Shape shape{2, 3, 4};
  CHECK(position_of(0, shape) == Shape{0, 0, 0});
  CHECK(position_of(5, shape) == Shape{0, 1, 1});
  CHECK(position_of(23, shape) == Shape{1, 2, 3});
  CHECK(position_of(0, {}) == Shape{});
  CHECK(position_of(6, {9}).str() == "(6,)");
}
