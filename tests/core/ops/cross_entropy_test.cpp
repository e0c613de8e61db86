// Cross-entropies from logits, of integer and one-hot labels. Numbers "of the reference" are those
// that its own tests and documentation state.
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

constexpr double inf = std::numeric_limits<double>::infinity();

const Tensor logits_3x3({{8, 1, 1}, {0, 9, 1}, {2, 3, 5}}, float64);
const Labels labels_3{0, 1, 2};

}  // namespace

TEST_CASE("cross-entropy from integer labels gives the reference's numbers") {
  const Tensor losses = softmax_cross_entropy(logits_3x3, labels_3, {.reduction = Reduction::none});
  CHECK(losses.at(0) == Approx(0.001822).epsilon(1e-3));
  CHECK(losses.at(1) == Approx(0.000459).epsilon(1e-3));
  CHECK(losses.at(2) == Approx(0.169846).epsilon(1e-5));
  CHECK(softmax_cross_entropy(logits_3x3, labels_3).item() == Approx(0.0573).epsilon(1e-3));
  const Tensor weights({1.2, 3.4, 5.6}, float64);
  CHECK(sparse_softmax_cross_entropy(logits_3x3, labels_3, {.weights = weights}).item() ==
        Approx(0.31829).epsilon(1e-5));
}

TEST_CASE("one-hot labels give what integer labels give, smoothed or not") {
  const Tensor z = sample({4, 5}) * 3.0;
  const Labels labels{4, 0, 2, 2};
  for (double smoothing : {0.0, 0.1, 1.0}) {
    const LossOptions options{.reduction = Reduction::none, .label_smoothing = smoothing};
    const Tensor from_integers = softmax_cross_entropy(z, labels, options);
    const Tensor from_rows = softmax_cross_entropy(z, one_hot(labels, 5, float64), options);
    CHECK(largest_difference(from_integers, from_rows) < 1e-15);
  }
}

TEST_CASE("soft labels weigh the logarithms of the probabilities") {
  const Tensor z = sample({4, 3}), labels = softmax(sample({4, 3}, 1)) * 0.7;
  const Tensor expected = -sum(labels * log_softmax(z), -1);
  const Tensor losses = softmax_cross_entropy(z, labels, {.reduction = Reduction::none});
  CHECK(largest_difference(losses, expected) < 1e-15);
}

TEST_CASE("logits of more axes give a loss for each row") {
  const Tensor z = sample({2, 3, 4});
  const Labels labels{0, 1, 2, 3, 2, 1};
  const Tensor losses = softmax_cross_entropy(z, labels, {.reduction = Reduction::none});
  CHECK(losses.shape() == Shape{2, 3});
  CHECK(losses.at(1, 0) == Approx(-log_softmax(z).at(1, 0, 3)));
  CHECK(softmax_cross_entropy(sample({4}), Labels{2}, {.reduction = Reduction::none}).rank() == 0);
}

TEST_CASE("a class masked by -infinity costs nothing when its label is 0") {
  const Tensor z({{1.0, -inf, 2.0}}, float64);
  const double expected = std::log(std::exp(1.0) + std::exp(2.0)) - 2.0;
  CHECK(softmax_cross_entropy(z, Labels{2}).item() == Approx(expected));
  CHECK(softmax_cross_entropy(z, Tensor({{0, 0, 1}}, float64)).item() == Approx(expected));
}

TEST_CASE("the gradient of cross-entropy is softmax minus labels") {
  const Tensor z = sample({4, 3}) * 5.0;
  const Labels labels{2, 0, 1, 1};
  Tape tape;
  tape.watch(z);
  const Tensor dz =
      tape.gradient(softmax_cross_entropy(z, labels, {.reduction = Reduction::sum}), z);
  CHECK(largest_difference(dz, softmax(z) - one_hot(labels, 3, float64)) < 1e-15);
}

TEST_CASE("gradients of cross-entropy are right to second order, in the labels too") {
  const Tensor weights = sample({4}, 3);
  for (double smoothing : {0.0, 0.2})
    for (Reduction reduction : {Reduction::none, Reduction::sum_over_batch_size}) {
      const LossOptions options{
          .reduction = reduction, .weights = weights, .label_smoothing = smoothing};
      CHECK(check_gradients(
          [&](const Tensor& z) {
            return softmax_cross_entropy(z, Labels{2, 0, 1, 2}, options);
          },
          sample({4, 3})));
      CHECK(check_gradients(
          [&](const std::vector<Tensor>& xs) {
            return softmax_cross_entropy(xs[0], xs[1], options);
          },
          {sample({4, 3}), sample({4, 3}, 1) + 1.5}));
    }
}

TEST_CASE("cross-entropy in float32 is close to float64 at large logits") {
  const Tensor z = cast(sample({50, 10}) * 200.0, float32);
  Labels labels;
  for (int i = 0; i < 50; ++i) labels.push_back(i % 10);
  const LossOptions options{.reduction = Reduction::none};
  const Tensor narrow = softmax_cross_entropy(z, labels, options);
  const Tensor wide = softmax_cross_entropy(cast(z, float64), labels, options);
  CHECK(largest_difference(cast(narrow, float64), wide) < 4e-5);
}

TEST_CASE("cross-entropy refuses what does not fit") {
  const Tensor z = sample({4, 10});
  CHECK_THROWS_WITH_AS(softmax_cross_entropy(z, Labels{1, 2, 3, 12}),
                       "softmax_cross_entropy: labels must be in [0, 10); got 12 at position 3",
                       ValueError);
  CHECK_THROWS_WITH_AS(softmax_cross_entropy(z, Labels{-1, 2, 3, 1}),
                       "softmax_cross_entropy: labels must be in [0, 10); got -1 at position 0",
                       ValueError);
  CHECK_THROWS_WITH_AS(softmax_cross_entropy(z, Labels{1, 2, 3}),
                       "softmax_cross_entropy: there must be a label for each of the 4 rows of "
                       "logits (4, 10); got 3",
                       ValueError);
  const Tensor forgot_flatten = sample({2, 26, 26, 10});
  CHECK_THROWS_WITH_AS(softmax_cross_entropy(forgot_flatten, Labels{1, 2}),
                       "softmax_cross_entropy: there must be a label for each of the 1352 rows of "
                       "logits (2, 26, 26, 10); got 2; flatten the images in front of the last "
                       "layer",
                       ValueError);
  CHECK_THROWS_WITH_AS(softmax_cross_entropy(forgot_flatten, sample({2, 10})),
                       "softmax_cross_entropy: labels must have the logits' shape (2, 26, 26, 10); "
                       "got (2, 10); flatten the images in front of the last layer",
                       ValueError);
  CHECK_THROWS_WITH_AS(
      softmax_cross_entropy(z, sample({4, 9})),
      "softmax_cross_entropy: labels must have the logits' shape (4, 10); got (4, 9)", ValueError);
  CHECK_THROWS_WITH_AS(
      softmax_cross_entropy(z, zeros({4, 10})),
      "softmax_cross_entropy: labels must be float64 as the logits; got float32; use cast",
      TypeError);
  CHECK_THROWS_WITH_AS(softmax_cross_entropy(sample({4, 0}), Labels(4)),
                       "softmax_cross_entropy: logits must have at least one class on the last "
                       "axis; got shape (4, 0)",
                       ValueError);
  CHECK_THROWS_WITH_AS(softmax_cross_entropy(Tensor(1.0), Labels{0}),
                       "softmax_cross_entropy: logits must have at least one class on the last "
                       "axis; got shape ()",
                       ValueError);
  CHECK_THROWS_WITH_AS(softmax_cross_entropy(z, Labels(4), {.label_smoothing = 1.5}),
                       "softmax_cross_entropy: label_smoothing must be in [0, 1]; got 1.5",
                       ValueError);
}
