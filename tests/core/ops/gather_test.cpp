// gather and one_hot.
#include <doctest/doctest.h>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/runtime/parallel.h>
#include <reel/core/tape.h>

#include "by_position.h"

using namespace reel;
using namespace reel::testing;

namespace {

const std::vector<std::int32_t> picks{2, 0, 2, 1, 2};

}  // namespace

TEST_CASE("gather takes rows by position along any axis") {
  const Tensor x = sample({3, 4, 3});
  CHECK(same(gather(x, picks), by_position({5, 4, 3}, [&](const Position& p) {
               return x.at(picks[p[0]], p[1], p[2]);
             })));
  CHECK(same(gather(x, picks, 1), by_position({3, 5, 3}, [&](const Position& p) {
               return x.at(p[0], picks[p[1]], p[2]);
             })));
  CHECK(same(gather(x, picks, -1), by_position({3, 4, 5}, [&](const Position& p) {
               return x.at(p[0], p[1], picks[p[2]]);
             })));
}

TEST_CASE("gather of no positions is empty, and of an empty tensor nothing can be taken") {
  CHECK(gather(sample({3, 2}), std::vector<std::int32_t>{}).shape() == Shape{0, 2});
  CHECK(gather(zeros({0, 3}), picks, 1).shape() == Shape{0, 5});
  CHECK_THROWS_WITH_AS(gather(zeros({0, 3}), picks, 0),
                       "gather: indices must be in [0, 0); got 2 at position 0", ValueError);
}

TEST_CASE("gather refuses positions outside the axis, negative ones too") {
  const Tensor x = sample({3, 4});
  CHECK_THROWS_WITH_AS(gather(x, std::vector<std::int32_t>{0, 3}),
                       "gather: indices must be in [0, 3); got 3 at position 1", ValueError);
  CHECK_THROWS_WITH_AS(gather(x, std::vector<std::int32_t>{-1}, 1),
                       "gather: indices must be in [0, 4); got -1 at position 0", ValueError);
  CHECK_THROWS_WITH_AS(gather(x, picks, 2), "gather: axis must be in [-2, 2) for rank 2; got 2",
                       ValueError);
}

TEST_CASE("repeated positions add their gradients") {
  const Tensor x = sample({4, 2});
  Tape tape;
  tape.watch(x);
  const Tensor dx = tape.gradient(gather(x, picks), x);
  CHECK(dx.to_vector() == std::vector<double>{1, 1, 1, 1, 3, 3, 0, 0});
}

TEST_CASE("gradients of gather are right to second order along every axis") {
  for (int axis : {0, 1, 2})
    CHECK(check_gradients(
        [&](const Tensor& x) {
          const Tensor y = gather(x, picks, axis);
          return y * y * y;
        },
        sample({3, 4, 3})));
}

TEST_CASE("wide rows are gathered and summed in strips, the same at any number of threads") {
  const Tensor x = sample({3, 1000});
  std::vector<std::int32_t> positions;
  for (int i = 0; i < 200; ++i) positions.push_back(i * i % 3);
  const Tensor weights = sample({200, 1000}, 1);
  const auto gradient = [&] {
    Tape tape;
    tape.watch(x);
    return tape.gradient(gather(x, positions) * weights, x);
  };
  const int before = num_threads();
  set_num_threads(1);
  const Tensor one = gradient();
  set_num_threads(3);
  CHECK(same(gradient(), one));
  set_num_threads(before);
  double expected = 0;
  for (Index i = 0; i < 200; ++i)
    if (positions[i] == 1) expected += weights.at(i, 777);
  CHECK(one.at(1, 777) == doctest::Approx(expected).epsilon(1e-12));
}

TEST_CASE("one_hot has `on` at the label and `off` elsewhere") {
  CHECK(one_hot(std::vector<std::int32_t>{1, 0}, 3).to_vector() ==
        std::vector<double>{0, 1, 0, 1, 0, 0});
  const Tensor y = one_hot(std::vector<std::int32_t>{1}, 2, float64, 0.9, 0.1);
  CHECK(y.dtype() == float64);
  CHECK(y.to_vector() == std::vector<double>{0.1, 0.9});
  CHECK(one_hot(std::vector<std::int32_t>{}, 4).shape() == Shape{0, 4});
}

TEST_CASE("one_hot refuses labels out of range") {
  CHECK_THROWS_WITH_AS(one_hot(std::vector<std::int32_t>{1, 4}, 4),
                       "one_hot: indices must be in [0, 4); got 4 at position 1", ValueError);
  CHECK_THROWS_WITH_AS(one_hot(std::vector<std::int32_t>{}, -1),
                       "one_hot: depth must be >= 0; got -1", ValueError);
}
