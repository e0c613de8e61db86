// softmax, the losses from logits and the errors of regression. Numbers "of the reference" are
// those that its own tests and documentation state.
#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/parallel.h>

#include "by_position.h"

using namespace reel;
using namespace reel::testing;
using doctest::Approx;

namespace {

using Labels = std::vector<std::int32_t>;

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

double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  const std::vector<double> av = a.to_vector(), bv = b.to_vector();
  double largest = 0;
  for (std::size_t i = 0; i < av.size(); ++i) largest = std::max(largest, std::abs(av[i] - bv[i]));
  return largest;
}

const Tensor logits_3x3({{8, 1, 1}, {0, 9, 1}, {2, 3, 5}}, float64);
const Labels labels_3{0, 1, 2};

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

// --- softmax cross-entropy -------------------------------------------------------------------

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
  CHECK_THROWS_WITH_AS(
      softmax_cross_entropy(z, Labels{1, 2, 3}),
      "softmax_cross_entropy: there must be a label for each of the 4 rows of logits; got 3",
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

// --- weights and reductions ------------------------------------------------------------------

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

// --- the other losses ------------------------------------------------------------------------

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
