// The losses of regression and from probabilities, and sigmoid cross-entropy. Numbers "of the
// reference" are those that its own tests and documentation state.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "by_position.h"
#include "largest_difference.h"

using namespace reel;
using namespace reel::testing;
using doctest::Approx;

namespace {

using Labels = std::vector<std::int32_t>;

const Labels labels_3{0, 1, 2};

}  // namespace

TEST_CASE("mean squared error gives the reference's numbers") {
  const Tensor labels({{1, 9, 2}, {-5, -2, 6}}, float64);
  const Tensor predictions({{4, 8, 12}, {8, 1, 3}}, float64);
  const auto loss = [&](const Tensor& weights) {
    return mean_squared_error(predictions, labels, {.weights = weights}).item();
  };
  CHECK(loss({}) == Approx(49.5));
  CHECK(loss(Tensor(2.3, float64)) == Approx(113.85));
  CHECK(loss(Tensor({1.2, 3.4}, float64)) == Approx(767.8 / 6));
}

TEST_CASE("cross-entropy from probabilities gives the reference's number") {
  const Tensor p({{.9, .05, .05}, {.5, .89, .6}, {.05, .01, .94}}, float64);
  CHECK(categorical_crossentropy(p, one_hot(labels_3, 3, float64)).item() ==
        Approx(0.3239).epsilon(1e-4));
}

TEST_CASE("cross-entropy from probabilities agrees with that from logits") {
  const Tensor z = sample({4, 3}), labels = one_hot(Labels{0, 2, 1, 1}, 3, float64);
  for (double smoothing : {0.0, 0.3}) {
    const LossOptions options{.reduction = Reduction::none, .label_smoothing = smoothing};
    CHECK(largest_difference(categorical_crossentropy(softmax(z) * 5.0, labels, options),
                             softmax_cross_entropy(z, labels, options)) < 1e-14);
  }
}

TEST_CASE("a probability of 0 costs -log(epsilon) and no more") {
  const Tensor p({{0.0, 1.0}}, float64), labels({{1, 0}}, float64);
  CHECK(categorical_crossentropy(p, labels).item() == Approx(-std::log(1e-7)));
  CHECK(categorical_crossentropy(p, labels, {}, 1e-3).item() == Approx(-std::log(1e-3)));
}

TEST_CASE("sigmoid cross-entropy agrees with its definition and bears any logits") {
  const Tensor z = sample({4, 3}) * 4.0, labels = (sample({4, 3}, 1) + 1.0) / 2.0;
  const LossOptions none{.reduction = Reduction::none};
  const Tensor p = sigmoid(z);
  CHECK(largest_difference(sigmoid_cross_entropy(z, labels, none),
                           -labels * log(p) - (1.0 - labels) * log(1.0 - p)) < 1e-14);
  CHECK(
      sigmoid_cross_entropy(Tensor({1000, -1000, 1000}, float64), Tensor({1, 0, 0}, float64), none)
          .to_vector() == std::vector<double>{0, 0, 1000});
}

TEST_CASE("smoothed binary labels move towards one half") {
  const Tensor z = sample({5}), labels({1, 0, 1, 1, 0}, float64);
  CHECK(sigmoid_cross_entropy(z, labels, {.label_smoothing = 0.2}).item() ==
        Approx(sigmoid_cross_entropy(z, labels * 0.8 + 0.1).item()));
}

TEST_CASE("huber is a parabola up to delta and a line beyond") {
  const Tensor predictions({0.5, -0.5, 3.0, -3.0, 2.0}, float64), labels = zeros({5}, float64);
  const LossOptions none{.reduction = Reduction::none};
  CHECK(huber(predictions, labels, 2.0, none).to_vector() ==
        std::vector<double>{0.125, 0.125, 4.0, 4.0, 2.0});
  CHECK(huber(predictions, labels).item() == Approx((0.125 * 2 + 2.5 * 2 + 1.5) / 5));
}

TEST_CASE("absolute difference has gradient 0 where there is none") {
  const Tensor p({1, 2, 3}, float64), l({1, 4, 1}, float64);
  Tape tape;
  tape.watch(p);
  const Tensor loss = absolute_difference(p, l, {.reduction = Reduction::sum});
  CHECK(loss.item() == 4.0);
  CHECK(tape.gradient(loss, p).to_vector() == std::vector<double>{0, -1, 1});
}

TEST_CASE("gradients of the other losses are right to second order in both arguments") {
  const Tensor p = sample({3, 4}) * 3.0, l = sample({3, 4}, 1);
  const LossOptions none{.reduction = Reduction::none};
  using Pair = std::vector<Tensor>;
  CHECK(check_gradients([&](const Pair& x) { return mean_squared_error(x[0], x[1]); }, {p, l}));
  CHECK(check_gradients([&](const Pair& x) { return absolute_difference(x[0], x[1], none); },
                        {p, l}));
  CHECK(check_gradients([&](const Pair& x) { return huber(x[0], x[1], 0.8, none); }, {p, l}));
  CHECK(check_gradients([&](const Pair& x) { return sigmoid_cross_entropy(x[0], x[1], none); },
                        {p, l}));
  CHECK(check_gradients(
      [&](const Pair& x) {
        return categorical_crossentropy(x[0], x[1],
                                        {.reduction = Reduction::none, .label_smoothing = 0.1});
      },
      {sample({3, 4}) + 1.5, l}));
}

TEST_CASE("a last axis of 1 that one side has too many is taken as absent") {
  const Tensor p = sample({4, 1}), l = sample({4}, 1);
  const LossOptions none{.reduction = Reduction::none};
  const Tensor expected = squared_difference(reshape(p, {4}), l);
  CHECK(same(mean_squared_error(p, l, none), expected));
  CHECK(same(mean_squared_error(l, p, none), expected));
}

TEST_CASE("the other losses refuse what does not fit") {
  const Tensor p = sample({4, 3});
  CHECK_THROWS_WITH_AS(
      mean_squared_error(p, sample({4, 1})),
      "mean_squared_error: labels must have the shape of the predictions, (4, 3); got (4, 1)",
      ValueError);
  CHECK_THROWS_WITH_AS(
      absolute_difference(p, ones({4, 3})),
      "absolute_difference: labels must be float64 as the predictions; got float32; use cast",
      TypeError);
  CHECK_THROWS_WITH_AS(
      sigmoid_cross_entropy(p, sample({4})),
      "sigmoid_cross_entropy: labels must have the shape of the logits, (4, 3); got (4,)",
      ValueError);
  CHECK_THROWS_WITH_AS(mean_squared_error(p, p, {.label_smoothing = 0.1}),
                       "mean_squared_error: label_smoothing is for the cross-entropies; got 0.1",
                       ValueError);
  CHECK_THROWS_WITH_AS(huber(p, p, 0.0), "huber: delta must be > 0; got 0", ValueError);
  CHECK_THROWS_WITH_AS(
      categorical_crossentropy(p, sample({4})),
      "categorical_crossentropy: labels must have the shape of the probabilities, (4, 3); got (4,)",
      ValueError);
  CHECK_THROWS_WITH_AS(categorical_crossentropy(p, p, {}, 0.5),
                       "categorical_crossentropy: epsilon must be in [0, 0.5); got 0.5",
                       ValueError);
  CHECK_THROWS_WITH_AS(
      categorical_crossentropy(Tensor(1.0), Tensor(1.0)),
      "categorical_crossentropy: probabilities must have a last axis of classes; got shape ()",
      ValueError);
}
