// softmax and log_softmax.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/runtime/parallel.h>
#include <reel/core/tape.h>

#include "by_position.h"
#include "largest_difference.h"

using namespace reel;
using namespace reel::testing;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

// The definition, without care for overflow.
Tensor softmax_by_position(const Tensor& x, int axis) {
  return by_position(x.shape(), [&](const Position& p) {
    double total = 0;
    Position q = p;
    for (q[axis] = 0; q[axis] < x.shape()[axis]; ++q[axis]) total += std::exp(at(x, q));
    return std::exp(at(x, p)) / total;
  });
}

}  // namespace

TEST_CASE("softmax agrees with its definition over any axis") {
  const Tensor x = sample({3, 4, 5});
  for (int axis : {0, 1, 2}) {
    CHECK(largest_difference(softmax(x, axis), softmax_by_position(x, axis)) < 1e-15);
    CHECK(largest_difference(log_softmax(x, axis), log(softmax_by_position(x, axis))) < 1e-14);
  }
  CHECK(same(softmax(x), softmax(x, 2)));
  CHECK(softmax(sample({3})).shape() == Shape{3});
}

// Rows shorter than a vector, of whole vectors and not, and longer than the kernels' buffer.
TEST_CASE("rows of any length agree with the definition, and their gradients with the formula") {
  for (const Index n : {1, 2, 15, 16, 17, 31, 100, 512, 513, 1300})
    for (const int axis : {0, 1}) {
      const Tensor x = axis == 1 ? sample({3, n}) : sample({n, 3});
      const Tensor y = softmax_by_position(x, axis), dy = sample(x.shape());
      CHECK(largest_difference(softmax(x, axis), y) < 1e-15);
      CHECK(largest_difference(log_softmax(x, axis), log(y)) < 1e-13);
      Tape tape;
      tape.watch(x);
      const Tensor p = softmax(x, axis), log_p = log_softmax(x, axis);
      const GradientOptions seed{.output_gradients = {dy}};
      CHECK(largest_difference(tape.gradient(p, x, seed), y * (dy - sum(y * dy, axis, true))) <
            1e-14);
      CHECK(largest_difference(tape.gradient(log_p, x, seed), dy - y * sum(dy, axis, true)) <
            1e-13);
    }
}

TEST_CASE("softmax and log_softmax bear logits of any size") {
  const Tensor x({1000, 0, -1000}, float64);
  CHECK(softmax(x).to_vector() == std::vector<double>{1, 0, 0});
  CHECK(log_softmax(x).to_vector() == std::vector<double>{0, -1000, -2000});
  CHECK(softmax(Tensor({0.0, -inf}, float64)).to_vector() == std::vector<double>{1, 0});
}

TEST_CASE("softmax of an empty tensor is empty") {
  CHECK(softmax(zeros({0, 3})).shape() == Shape{0, 3});
  CHECK(log_softmax(zeros({3, 0})).shape() == Shape{3, 0});
}

TEST_CASE("softmax refuses an axis that is not there") {
  CHECK_THROWS_WITH_AS(softmax(sample({2, 3}), 2),
                       "softmax: axis must be in [-2, 2) for rank 2; got 2", ValueError);
  CHECK_THROWS_WITH_AS(log_softmax(sample({2, 3}), -3),
                       "log_softmax: axis must be in [-2, 2) for rank 2; got -3", ValueError);
}

TEST_CASE("gradients of softmax and log_softmax are right to second order over any axis") {
  const Tensor x = sample({2, 3, 2});
  for (int axis : {0, 1, 2}) {
    CHECK(check_gradients([&](const Tensor& z) { return softmax(z, axis); }, x));
    CHECK(check_gradients([&](const Tensor& z) { return log_softmax(z, axis); }, x));
  }
}

TEST_CASE("softmax of many rows in float32 is close to float64, the same at any thread number") {
  const Tensor x = cast(sample({3000, 7}) * 20.0, float32);
  const int before = num_threads();
  set_num_threads(1);
  const Tensor one = softmax(x);
  set_num_threads(3);
  CHECK(same(softmax(x), one));
  set_num_threads(before);
  CHECK(largest_difference(cast(one, float64), softmax(cast(x, float64))) < 3e-7);
}
