// slice, strided_slice, reverse, pad.
#include <doctest/doctest.h>

#include <limits>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "by_position.h"

using namespace reel;
using namespace reel::testing;

namespace {

template <class Op>
bool gradients_are_right(Op op, const Tensor& x) {
  return bool(check_gradients([&](const Tensor& at) { return op(at) * op(at) * op(at); }, x));
}

// Python's rule, step by step: the positions that range(begin, end, stride) visits on n elements.
std::vector<double> visited(Index n, Index begin, Index end, Index stride) {
  if (begin < 0) begin += n;
  if (end < 0) end += n;
  std::vector<double> result;
  // A begin outside is moved to the nearest end of x before the first step.
  begin = stride > 0 ? std::max<Index>(begin, 0) : std::min(begin, n - 1);
  for (Index i = begin; stride > 0 ? i < end : i > end; i += stride)
    if (i >= 0 && i < n) result.push_back(static_cast<double>(i));
  return result;
}

Tensor pad_by_position(const Tensor& x, const std::vector<std::array<Index, 2>>& paddings,
                       PadMode mode, double value) {
  Shape shape = x.shape();
  for (int i = 0; i < x.rank(); ++i) shape[i] += paddings[i][0] + paddings[i][1];
  return by_position(shape, [&](Position p) {
    for (int i = 0; i < x.rank(); ++i) {
      const Index n = x.shape()[i];
      p[i] -= paddings[i][0];
      const bool outside = p[i] < 0 || p[i] >= n;
      if (outside && mode == PadMode::constant) return value;
      if (p[i] < 0) p[i] = mode == PadMode::reflect ? -p[i] : -p[i] - 1;
      if (p[i] >= n) p[i] = mode == PadMode::reflect ? 2 * n - 2 - p[i] : 2 * n - 1 - p[i];
    }
    return at(x, p);
  });
}

}  // namespace

TEST_CASE("slice takes size elements from begin on, -1 for all that follow") {
  const Tensor x = sample({4, 5, 3});
  const Tensor expected =
      by_position({2, 4, 3}, [&](const Position& p) { return x.at(p[0] + 1, p[1] + 1, p[2]); });
  CHECK(same(slice(x, {1, 1, 0}, {2, -1, 3}), expected));
  CHECK(slice(x, {4, 0, 0}, {-1, 5, 3}).shape() == Shape{0, 5, 3});
  CHECK(slice(Tensor(5.0), {}, {}).item() == 5.0);
}

TEST_CASE("slice refuses sections that leave the tensor") {
  const Tensor x = sample({4, 5});
  const auto message = [&](const std::vector<Index>& begin, const std::vector<Index>& size) {
    try {
      slice(x, begin, size);
    } catch (const ValueError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(message({0, 3}, {4, 3}) ==
        "slice: begin and begin + size must lie in [0, 5] on axis 1; got 3 and 6");
  CHECK(message({-1, 0}, {1, 5}) ==
        "slice: begin and begin + size must lie in [0, 4] on axis 0; got -1 and 0");
  CHECK(message({5, 0}, {-1, 5}) ==
        "slice: begin and begin + size must lie in [0, 4] on axis 0; got 5 and 4");
  CHECK(message({0}, {4, 5}) ==
        "slice: begin must have an entry for each of the 2 axes of shape (4, 5); got 1");
  CHECK(message({0, 0}, {4}) ==
        "slice: size must have an entry for each of the 2 axes of shape (4, 5); got 1");
  CHECK(message({0, 0}, {-2, 5}) ==
        "slice: size must be >= 0, or -1 for all that follow; got -2 on axis 0");
}

TEST_CASE("strided_slice visits what Python's range visits") {
  for (Index n : {0, 1, 5, 6}) {
    const Tensor x = arange(n, float64);
    for (Index stride : {-3, -2, -1, 1, 2, 3})
      for (Index begin = -8; begin <= 8; ++begin)
        for (Index end = -8; end <= 8; ++end) {
          CAPTURE(n);
          CAPTURE(begin);
          CAPTURE(end);
          CAPTURE(stride);
          CHECK(strided_slice(x, {begin}, {end}, {stride}).to_vector() ==
                visited(n, begin, end, stride));
        }
  }
}

TEST_CASE("strided_slice strides every axis on its own") {
  const Tensor x = sample({5, 6, 4});
  const Tensor expected = by_position(
      {2, 3, 4}, [&](const Position& p) { return x.at(1 + 2 * p[0], 5 - 2 * p[1], 3 - p[2]); });
  CHECK(same(strided_slice(x, {1, -1, 3}, {5, 0, -5}, {2, -2, -1}), expected));
}

TEST_CASE("strided_slice refuses a stride of 0 and lists of another length") {
  const Tensor x = sample({4, 5});
  CHECK_THROWS_WITH_AS(strided_slice(x, {0, 0}, {4, 5}, {1, 0}),
                       "strided_slice: strides must not be 0; got 0 on axis 1", ValueError);
  CHECK_THROWS_WITH_AS(
      strided_slice(x, {0, 0}, {4}, {1, 1}),
      "strided_slice: end must have an entry for each of the 2 axes of shape (4, 5); got 1",
      ValueError);
}

TEST_CASE("reverse turns the named axes round") {
  const Tensor x = sample({3, 4, 2});
  const Tensor expected =
      by_position({3, 4, 2}, [&](const Position& p) { return x.at(2 - p[0], p[1], 1 - p[2]); });
  CHECK(same(reverse(x, {0, -1}), expected));
  CHECK(same(reverse(x, {}), x));
  CHECK(reverse(zeros({0, 2}), {0}).shape() == Shape{0, 2});
  CHECK_THROWS_WITH_AS(reverse(x, {2, -1}),
                       "reverse: each axis may be named once; got axis -1 twice", ValueError);
}

TEST_CASE("pad fills with a constant, or mirrors at or beside the edge") {
  const Tensor x = sample({3, 4, 2});
  const std::vector<std::array<Index, 2>> paddings{{2, 1}, {0, 3}, {1, 0}};
  for (PadMode mode : {PadMode::constant, PadMode::reflect, PadMode::symmetric})
    CHECK(same(pad(x, paddings, mode, 0.5), pad_by_position(x, paddings, mode, 0.5)));
}

TEST_CASE("symmetric padding may be as long as the axis, reflection one less") {
  const Tensor x({1, 2, 3});
  CHECK(pad(x, {{3, 3}}, PadMode::symmetric).to_vector() ==
        std::vector<double>{3, 2, 1, 1, 2, 3, 3, 2, 1});
  CHECK(pad(x, {{2, 2}}, PadMode::reflect).to_vector() == std::vector<double>{3, 2, 1, 2, 3, 2, 1});
}

TEST_CASE("an empty axis can be padded with a constant only") {
  CHECK(pad(zeros({0, 2}), {{1, 1}, {0, 0}}, PadMode::constant, 3.0).to_vector() ==
        std::vector<double>{3, 3, 3, 3});
  CHECK_THROWS_WITH_AS(
      pad(zeros({0, 2}), {{1, 1}, {0, 0}}, PadMode::symmetric),
      "pad: symmetric padding of axis 0 of shape (0, 2) must be at most 0; got (1, 1)", ValueError);
}

TEST_CASE("pad refuses paddings that do not fit") {
  const Tensor x = sample({3, 4});
  CHECK_THROWS_WITH_AS(pad(x, {{1, 1}}),
                       "pad: paddings must have an entry for each of the 2 axes of shape (3, 4); "
                       "got 1",
                       ValueError);
  CHECK_THROWS_WITH_AS(pad(x, {{0, 0}, {1, -1}}),
                       "pad: paddings must be >= 0; got (1, -1) on axis 1", ValueError);
  const Index most = std::numeric_limits<Index>::max();
  CHECK_THROWS_WITH_AS(pad(x, {{most, most}, {0, 0}}),
                       "pad: paddings must fit into memory; got (9223372036854775807, "
                       "9223372036854775807) on axis 0",
                       ValueError);
  CHECK_THROWS_WITH_AS(pad(x, {{0, 0}, {0, most}}),
                       "pad: paddings must fit into memory; got (0, 9223372036854775807) on axis 1",
                       ValueError);
  CHECK_THROWS_WITH_AS(
      pad(x, {{0, 3}, {0, 0}}, PadMode::reflect),
      "pad: reflect padding of axis 0 of shape (3, 4) must be at most 2; got (0, 3)", ValueError);
  CHECK_THROWS_WITH_AS(
      pad(x, {{0, 0}, {5, 0}}, PadMode::symmetric),
      "pad: symmetric padding of axis 1 of shape (3, 4) must be at most 4; got (5, 0)", ValueError);
}

TEST_CASE("the gradients of mirrored cells add up") {
  const Tensor x({1, 2, 3}, float64);
  Tape tape;
  tape.watch(x);
  const Tensor y = pad(x, {{2, 1}}, PadMode::reflect);  // 3 2 1 2 3 2
  CHECK(tape.gradient(y, x).to_vector() == std::vector<double>{1, 3, 2});
}

TEST_CASE("gradients of slices and paddings are right to second order") {
  const Tensor x = sample({4, 5});
  CHECK(gradients_are_right([](const Tensor& v) { return slice(v, {1, 0}, {2, 4}); }, x));
  CHECK(gradients_are_right(
      [](const Tensor& v) {
        return strided_slice(v, {0, 4}, {4, -6}, {3, -2});
      },
      x));
  CHECK(gradients_are_right([](const Tensor& v) { return reverse(v, {1}); }, x));
  for (PadMode mode : {PadMode::constant, PadMode::reflect, PadMode::symmetric})
    CHECK(gradients_are_right(
        [&](const Tensor& v) {
          return pad(v, {{1, 2}, {3, 0}}, mode, 0.3);
        },
        x));
}

TEST_CASE("slices and paddings move float32 as they move float64") {
  const Tensor x = cast(sample({4, 5, 3}), float32);
  const Tensor wide = cast(x, float64);
  const auto agrees = [&](auto op) {
    return op(x).dtype() == float32 && same(cast(op(x), float64), op(wide));
  };
  CHECK(agrees([](const Tensor& v) { return slice(v, {1, 0, 1}, {2, 4, 2}); }));
  CHECK(agrees([](const Tensor& v) { return reverse(v, {0, 2}); }));
  CHECK(agrees([](const Tensor& v) { return pad(v, {{1, 1}, {0, 2}, {1, 0}}); }));
  CHECK(agrees([](const Tensor& v) {
    return pad(v, {{1, 1}, {0, 2}, {1, 0}}, PadMode::symmetric);
  }));
}

TEST_CASE("strided_slice takes strides as large as numbers go") {
  constexpr Index most = std::numeric_limits<Index>::max();
  const Tensor x = arange(3, float64);
  CHECK(strided_slice(x, {0}, {3}, {most}).to_vector() == std::vector<double>{0});
  CHECK(strided_slice(x, {2}, {-9}, {-most}).to_vector() == std::vector<double>{2});
}
