// What weights and reductions make of the losses of rows.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "by_position.h"

using namespace reel;
using namespace reel::testing;
using doctest::Approx;

namespace {

using Labels = std::vector<std::int32_t>;

}  // namespace

TEST_CASE("each reduction divides the weighted sum by its own number") {
  const Tensor p = sample({4, 3}), l = sample({4, 3}, 1);
  const Tensor w({{1, 0, 2}, {0, 0, 3}, {1, 1, 1}, {2, 0, 0}}, float64);
  const double total = sum(squared_difference(p, l) * w).item();
  const auto loss = [&](Reduction reduction) {
    return mean_squared_error(p, l, {.reduction = reduction, .weights = w}).item();
  };
  CHECK(loss(Reduction::sum) == Approx(total));
  CHECK(loss(Reduction::sum_over_batch_size) == Approx(total / 12));
  CHECK(loss(Reduction::weighted_mean) == Approx(total / 11));
  CHECK(loss(Reduction::by_nonzero_weights) == Approx(total / 7));
}

TEST_CASE("without weights all means are the mean") {
  const Tensor p = sample({4, 3}), l = sample({4, 3}, 1);
  const double expected = mean(squared_difference(p, l)).item();
  for (Reduction reduction :
       {Reduction::sum_over_batch_size, Reduction::weighted_mean, Reduction::by_nonzero_weights})
    CHECK(mean_squared_error(p, l, {.reduction = reduction}).item() == Approx(expected));
}

TEST_CASE("weights broadcast: a number, one a row, one a column") {
  const Tensor p = sample({4, 3}), l = sample({4, 3}, 1), e = squared_difference(p, l);
  const Tensor row = sample({4}, 2), column = sample({1, 3}, 3);
  const auto values = [&](const Tensor& weights) {
    return mean_squared_error(p, l, {.reduction = Reduction::none, .weights = weights});
  };
  CHECK(same(values(Tensor(2.0, float64)), e * 2.0));
  CHECK(same(values(row), e * reshape(row, {4, 1})));
  CHECK(same(values(column), e * column));
  CHECK(same(values(reshape(e, {4, 3, 1})), e * e));
}

TEST_CASE("means over broadcast weights count each weight as often as it is used") {
  const Tensor p = sample({4, 3}), l = sample({4, 3}, 1);
  const Tensor row({1, 0, 2, 0}, float64), wide = broadcast_to(reshape(row, {4, 1}), {4, 3});
  for (Reduction reduction : {Reduction::weighted_mean, Reduction::by_nonzero_weights})
    CHECK(mean_squared_error(p, l, {.reduction = reduction, .weights = row}).item() ==
          Approx(mean_squared_error(p, l, {.reduction = reduction, .weights = wide}).item()));
}

TEST_CASE("a mean over nothing is 0, and so is its gradient") {
  const Tensor p = sample({4, 3}), l = sample({4, 3}, 1);
  for (Reduction reduction : {Reduction::weighted_mean, Reduction::by_nonzero_weights}) {
    Tape tape;
    tape.watch(p);
    const Tensor loss =
        mean_squared_error(p, l, {.reduction = reduction, .weights = zeros({4}, float64)});
    CHECK(loss.item() == 0.0);
    CHECK(same(abs(tape.gradient(loss, p)), zeros({4, 3}, float64)));
  }
  for (Reduction reduction : {Reduction::sum, Reduction::sum_over_batch_size,
                              Reduction::weighted_mean, Reduction::by_nonzero_weights})
    CHECK(softmax_cross_entropy(zeros({0, 3}), Labels{}, {.reduction = reduction}).item() == 0.0);
}

TEST_CASE("gradients pass through weights in every reduction") {
  const Tensor l = sample({3, 2}, 1);
  for (Reduction reduction : {Reduction::none, Reduction::sum, Reduction::sum_over_batch_size,
                              Reduction::weighted_mean, Reduction::by_nonzero_weights})
    CHECK(check_gradients(
        [&](const std::vector<Tensor>& xs) {
          return mean_squared_error(xs[0], l, {.reduction = reduction, .weights = xs[1]});
        },
        {sample({3, 2}), sample({3}, 2) + 1.5}));
}

TEST_CASE("weights that do not fit are refused") {
  const Tensor z = sample({4, 3});
  CHECK_THROWS_WITH_AS(
      softmax_cross_entropy(z, Labels(4), {.weights = sample({3})}),
      "softmax_cross_entropy: weights must broadcast to the losses' shape (4,); got (3,)",
      ValueError);
  CHECK_THROWS_WITH_AS(
      mean_squared_error(z, z, {.weights = sample({3})}),
      "mean_squared_error: weights must broadcast to the losses' shape (4, 3); got (3,)",
      ValueError);
  CHECK_THROWS_WITH_AS(
      mean_squared_error(z, z, {.weights = sample({2, 4, 3})}),
      "mean_squared_error: weights must broadcast to the losses' shape (4, 3); got (2, 4, 3)",
      ValueError);
  CHECK_THROWS_WITH_AS(
      mean_squared_error(z, z, {.weights = ones({4})}),
      "mean_squared_error: weights must be float64 as the losses; got float32; use cast",
      TypeError);
}
