#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>

#include "unary_case.h"

using namespace reel;

namespace {

using Positions = std::vector<std::int32_t>;

}  // namespace

TEST_CASE("argmax and argmin take the axis out and answer with the first of equals") {
  const Tensor x({{1, 5, 5}, {4, 0, 2}});
  CHECK(argmax(x) == Indices{{2}, {1, 0}});
  CHECK(argmin(x) == Indices{{2}, {0, 1}});
  CHECK(argmax(x, 0) == Indices{{3}, {1, 0, 0}});
  CHECK(argmin(x, -2) == Indices{{3}, {0, 1, 1}});
  CHECK(argmax(Tensor({3, 1, 4}, float64)) == Indices{{}, {2}});
}

TEST_CASE("argmax works along a middle axis") {
  const Tensor x({{{1, 9}, {2, 8}}, {{7, 3}, {6, 4}}});
  CHECK(argmax(x, 1) == Indices{{2, 2}, {1, 0, 0, 1}});
}

TEST_CASE("argsort is stable, either way round") {
  const Tensor x({{3, 1, 3, 2}, {0, 0, -1, 5}});
  CHECK(argsort(x) == Indices{{2, 4}, {1, 3, 0, 2, 2, 0, 1, 3}});
  CHECK(argsort(x, -1, true) == Indices{{2, 4}, {0, 2, 3, 1, 3, 0, 1, 2}});
  CHECK(argsort(x, 0) == Indices{{2, 4}, {1, 1, 1, 0, 0, 0, 0, 1}});
}

TEST_CASE("NaN counts as the largest element") {
  const Tensor x{1, NAN, 2, NAN};
  CHECK(argmax(x).values == Positions{1});
  CHECK(argmin(x).values == Positions{0});
  CHECK(argsort(x).values == Positions{0, 2, 1, 3});
  CHECK(argsort(x, 0, true).values == Positions{1, 3, 2, 0});
  CHECK(top_k(x, 3).indices.values == Positions{1, 3, 2});
}

TEST_CASE("top_k gives the largest first, equals by position") {
  const TopK top = top_k(Tensor({{3, 1, 3, 2}, {0, -4, -1, 5}}), 2);
  CHECK(top.values.shape() == Shape{2, 2});
  CHECK(top.values.to_vector() == std::vector<double>{3, 3, 5, 0});
  CHECK(top.indices == Indices{{2, 2}, {0, 2, 3, 0}});
  CHECK(top_k(Tensor{2, 7}, 2).indices.values == Positions{1, 0});
}

TEST_CASE("the gradient of top_k's values goes back to where they came from") {
  const Tensor x({{3, 1, 4, 2}, {0, -4, -1, 5}}, float64);
  CHECK(slope_of([](const Tensor& v) { return top_k(v, 2).values; }, x).to_vector() ==
        std::vector<double>{1, 0, 1, 0, 1, 0, 0, 1});
  CHECK(check_gradients([](const Tensor& v) { return exp(top_k(v, 3).values / 3); }, x));
}

TEST_CASE("empty batches have no positions, and k may be 0") {
  CHECK(argmax(zeros({0, 3})) == Indices{{0}, {}});
  CHECK(argsort(zeros({2, 0})) == Indices{{2, 0}, {}});
  CHECK(top_k(zeros({0, 3}), 2).values.shape() == Shape{0, 2});
  CHECK(top_k(zeros({2, 3}), 0).values.shape() == Shape{2, 0});
}

TEST_CASE("positions want an axis with elements, and k within it") {
  CHECK_THROWS_WITH_AS(argmax(zeros({2, 0})),
                       "argmax: the axis must not be empty; got shape (2, 0)", ValueError);
  CHECK_THROWS_WITH_AS(argmin(zeros({2, 3}), 2),
                       "argmin: axis must be in [-2, 2) for rank 2; got 2", ValueError);
  CHECK_THROWS_WITH_AS(argsort(1.0), "argsort: a tensor is needed; got the number 1", TypeError);
  CHECK_THROWS_WITH_AS(top_k(zeros({2, 3}), 4),
                       "top_k: k must be in [0, 3], the extent of the last axis; got 4",
                       ValueError);
  CHECK_THROWS_WITH_AS(top_k(zeros({2, 3}), -1),
                       "top_k: k must be in [0, 3], the extent of the last axis; got -1",
                       ValueError);
  CHECK_THROWS_WITH_AS(top_k(Tensor(1.0), 1), "top_k: rank must be >= 1; got a scalar", ValueError);
}
