// Metrics: each against its definition over all samples at once, in batches of any size, weighted,
// stopped and gone on with; nothing of them on a tape; what does not fit.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include <reel/core/inspect/tape_nodes.h>
#include <reel/core/ops.h>
#include <reel/core/ops/random.h>
#include <reel/core/tape.h>
#include <reel/optim/run/binary_metrics.h>
#include <reel/optim/run/class_metrics.h>
#include <reel/optim/run/confusion_matrix.h>
#include <reel/optim/run/regression_metrics.h>

using namespace reel;
using doctest::Approx;

namespace {

using Labels = std::vector<std::int32_t>;
using Numbers = std::vector<double>;

constexpr Index n = 37, classes = 4;

// Few different scores, so that many are equal.
Numbers scores(Index count, std::uint64_t draw) {
  Numbers all = uniform({count}, 0, 7, float64, {3, 0, draw}).to_vector();
  for (double& score : all) score = std::floor(score) / 8;
  return all;
}

Labels labels_below(Index most, std::uint64_t draw) {
  Labels labels;
  for (const double x :
       uniform({n}, 0, static_cast<double>(most), float64, {3, 1, draw}).to_vector())
    labels.push_back(static_cast<std::int32_t>(x));
  return labels;
}

struct Problem {
  Numbers predictions;  // n rows
  Index width;
  Labels labels;
  Numbers targets, weights;

  Tensor predictions_of(Index first, Index count) const {
    const auto begin = predictions.begin() + first * width;
    return Tensor(Numbers(begin, begin + count * width), Shape{count, width});
  }
  Tensor targets_of(Index first, Index count) const {
    const auto begin = targets.begin() + first * width;
    return Tensor(Numbers(begin, begin + count * width), Shape{count, width});
  }
  Tensor weights_of(Index first, Index count) const {
    return Tensor(Numbers(weights.begin() + first, weights.begin() + first + count), Shape{count});
  }
};

Problem problem(Index width, bool weighted) {
  Problem p{scores(n * width, 0), width, labels_below(width == 1 ? 2 : width, 0),
            scores(n * width, 1), Numbers(n, 1.0)};
  if (weighted) p.weights = scores(n, 2);
  return p;
}

struct Case {
  std::function<std::unique_ptr<Metric>()> make;
  Index width;
  bool of_classes;
  std::function<double(const Problem&)> definition;
};

// The weight of the samples for which that is so.
double weight_where(const Problem& p, const std::function<bool(std::size_t)>& is_so) {
  double sum = 0;
  for (std::size_t i = 0; i < p.labels.size(); ++i)
    if (is_so(i)) sum += p.weights[i];
  return sum;
}

double share_where(const Problem& p, const std::function<bool(std::size_t)>& is_so,
                   const std::function<bool(std::size_t)>& among) {
  return weight_where(p, [&](std::size_t i) { return is_so(i) && among(i); }) /
         weight_where(p, among);
}

bool anything(std::size_t) { return true; }

Index rank_of_label(const Problem& p, std::size_t i) {
  const Labels sorted = argsort(p.predictions_of(static_cast<Index>(i), 1), -1, true).values;
  for (std::size_t at = 0; at < sorted.size(); ++at)
    if (sorted[at] == p.labels[i]) return static_cast<Index>(at);
  return -1;
}

double mean_error(const Problem& p, const std::function<double(double)>& of_error) {
  double sum = 0, weight = 0;
  for (std::size_t i = 0; i < p.predictions.size(); ++i) {
    const double w = p.weights[i / static_cast<std::size_t>(p.width)];
    sum += w * of_error(p.predictions[i] - p.targets[i]);
    weight += w;
  }
  return sum / weight;
}

double area_by_pairs(const Problem& p) {
  double area = 0, pairs = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      if (p.labels[i] != 1 || p.labels[j] != 0) continue;
      const double weight = p.weights[i] * p.weights[j];
      pairs += weight;
      if (p.predictions[i] > p.predictions[j]) area += weight;
      if (p.predictions[i] == p.predictions[j]) area += weight / 2;
    }
  return area / pairs;
}

double explained(const Problem& p) {
  double sum = 0;
  for (Index c = 0; c < p.width; ++c) {
    double mean = 0, weight = 0, squares = 0, errors = 0;
    const auto at = [&](const Numbers& x, Index i) {
      return x[static_cast<std::size_t>(i * p.width + c)];
    };
    for (Index i = 0; i < n; ++i) {
      mean += p.weights[static_cast<std::size_t>(i)] * at(p.targets, i);
      weight += p.weights[static_cast<std::size_t>(i)];
    }
    mean /= weight;
    for (Index i = 0; i < n; ++i) {
      const double w = p.weights[static_cast<std::size_t>(i)];
      squares += w * std::pow(at(p.targets, i) - mean, 2);
      errors += w * std::pow(at(p.predictions, i) - at(p.targets, i), 2);
    }
    sum += 1 - errors / squares;
  }
  return sum / static_cast<double>(p.width);
}

std::vector<Case> cases() {
  const auto is_1 = [](const Problem& p) {
    return [&p](std::size_t i) { return p.labels[i] == 1; };
  };
  const auto said_1 = [](const Problem& p) {
    return [&p](std::size_t i) { return p.predictions[i] > 0.5; };
  };
  return {
      {[] { return std::make_unique<Accuracy>(); }, classes, true,
       [](const Problem& p) {
         return share_where(
             p, [&](std::size_t i) { return rank_of_label(p, i) == 0; }, anything);
       }},
      {[] { return std::make_unique<Accuracy>(); }, 1, true,
       [=](const Problem& p) {
         return share_where(
             p, [&](std::size_t i) { return is_1(p)(i) == said_1(p)(i); }, anything);
       }},
      {[] { return std::make_unique<TopKAccuracy>(2); }, classes, true,
       [](const Problem& p) {
         return share_where(
             p, [&](std::size_t i) { return rank_of_label(p, i) < 2; }, anything);
       }},
      {[] { return std::make_unique<ConfusionMatrix>(classes); }, classes, true,
       [](const Problem& p) {
         return share_where(
             p, [&](std::size_t i) { return rank_of_label(p, i) == 0; }, anything);
       }},
      {[] { return std::make_unique<Precision>(); }, 1, true,
       [=](const Problem& p) { return share_where(p, is_1(p), said_1(p)); }},
      {[] { return std::make_unique<Recall>(); }, 1, true,
       [=](const Problem& p) { return share_where(p, said_1(p), is_1(p)); }},
      {[] { return std::make_unique<F1>(); }, 1, true,
       [=](const Problem& p) {
         const double precision = share_where(p, is_1(p), said_1(p));
         const double recall = share_where(p, said_1(p), is_1(p));
         return 2 * precision * recall / (precision + recall);
       }},
      {[] { return std::make_unique<AreaUnderCurve>(); }, 1, true, area_by_pairs},
      {[] { return std::make_unique<MeanAbsoluteError>(); }, 3, false,
       [](const Problem& p) { return mean_error(p, [](double e) { return std::abs(e); }); }},
      {[] { return std::make_unique<MeanSquaredError>(); }, 3, false,
       [](const Problem& p) { return mean_error(p, [](double e) { return e * e; }); }},
      {[] { return std::make_unique<RootMeanSquaredError>(); }, 3, false,
       [](const Problem& p) { return std::sqrt(mean_error(p, [](double e) { return e * e; })); }},
      {[] { return std::make_unique<R2>(); }, 3, false, explained},
      {[] { return std::make_unique<R2>(); }, 1, false, explained}};
}

void show(Metric& metric, const Case& c, const Problem& p, Index first, Index count,
          bool weighted) {
  const Tensor weights = weighted ? p.weights_of(first, count) : Tensor();
  const Labels labels(p.labels.begin() + first, p.labels.begin() + first + count);
  if (c.of_classes)
    metric.update(p.predictions_of(first, count), labels, weights);
  else
    metric.update(p.predictions_of(first, count), p.targets_of(first, count), weights);
}

}  // namespace

TEST_CASE("each metric is its definition, in batches of any size and stopped between them") {
  for (const Case& c : cases())
    for (const bool weighted : {false, true})
      for (const Index size : {Index{1}, Index{5}, n}) {
        const Problem p = problem(c.width, weighted);
        std::unique_ptr<Metric> metric = c.make();
        INFO(metric->name(), ", batches of ", size, weighted ? ", weighted" : "");
        for (Index first = 0; first < n; first += size) {
          show(*metric, c, p, first, std::min(size, n - first), weighted);
          const Numbers state = metric->state();
          metric = c.make();
          metric->set_state(state);
        }
        CHECK(metric->result() == Approx(c.definition(p)).epsilon(1e-12));
        metric->reset();
        CHECK(metric->result() == 0);
        CHECK(metric->state() == Numbers(metric->state().size(), 0.0));
      }
}

TEST_CASE("a metric of nothing is 0, and leaves nothing on a tape") {
  for (const Case& c : cases()) {
    const auto metric = c.make();
    INFO(metric->name());
    const Problem p = problem(c.width, false);
    show(*metric, c, p, 0, 0, false);
    CHECK(metric->result() == 0);
    const Tape tape;
    const Tensor before = p.predictions_of(0, n) * 1.0;
    const Index bytes = tape.bytes().total();
    show(*metric, c, p, 0, n, false);
    CHECK(tape.bytes().total() == bytes);
  }
}

TEST_CASE("a network that gives NaN has recognised nothing") {
  Accuracy accuracy;
  accuracy.update(Tensor({{NAN, NAN}, {NAN, 1.0}, {0.0, 1.0}}), {0, 1, 1});
  CHECK(accuracy.result() == Approx(1.0 / 3));
}

TEST_CASE("R2 keeps its digits far from 0, and knows a target that never changes") {
  R2 r2;
  r2.update(Tensor({1e9 + 1, 1e9 + 2, 1e9 + 3}, float64),
            Tensor({1e9 + 1, 1e9 + 2, 1e9 + 4}, float64));
  CHECK(r2.result() == Approx(1 - 1 / (14.0 / 3)));
  R2 constant;
  constant.update(ones({3}), ones({3}));
  CHECK(constant.result() == 1);
  constant.update(zeros({1}), ones({1}));
  CHECK(constant.result() == 0);
}

TEST_CASE("a confusion matrix shows each class") {
  ConfusionMatrix matrix({"shirt", "a very long name of a coat", "bag"});
  matrix.count({0, 0, 0, 1, 1}, {0, 1, 1, 1, 1});
  CHECK(matrix.at(0, 1) == 2);
  CHECK(matrix.recall(0) == Approx(1.0 / 3));
  CHECK(matrix.precision(1) == 0.5);
  CHECK(matrix.f1(1) == Approx(2.0 / 3));
  CHECK(matrix.recall(2) == 0);
  CHECK(matrix.mean_recall() == Approx((1.0 / 3 + 1) / 2));
  CHECK(matrix.mean_precision() == 0.75);
  CHECK(matrix.mean_f1() == Approx((0.5 + 2.0 / 3) / 2));
  CHECK(matrix.result() == Approx(0.6));
  CHECK(fmt::format("{}", matrix) == matrix.str());
  CHECK(matrix.str() ==
        "class                      samples   recall  precision   mostly taken for\n"
        "shirt                            3    0.333      1.000   a very long name of a coat (2)\n"
        "a very long name of a coat       2    1.000      0.500\n"
        "bag                              0        -          -\n");
}

TEST_CASE("a Mean is weighted, and forgets") {
  Mean mean;
  CHECK(mean.result() == 0);
  mean.update(2.0, 3);
  mean.update(4.0);
  CHECK(mean.result() == 2.5);
  Mean other;
  other.set_state(mean.state());
  CHECK(other.result() == 2.5);
  mean.reset();
  CHECK(mean.result() == 0);
  CHECK_THROWS_WITH_AS(mean.set_state({1.0}), "Mean: its state must be 2 numbers; got 1",
                       ValueError);
}

TEST_CASE("what does not fit is refused, and nothing is counted") {
  Accuracy accuracy;
  const Tensor two({{1.0, 0.0}, {0.0, 1.0}});
  accuracy.update(two, {0, 0});
  const Numbers before = accuracy.state();
  const auto refuses = [&](const Tensor& p, const Labels& labels, const Tensor& weights,
                           const char* message) {
    CHECK_THROWS_WITH_AS(accuracy.update(p, labels, weights), message, ValueError);
    CHECK(accuracy.state() == before);
  };
  refuses({}, {0}, {}, "accuracy: predictions are needed; got an undefined tensor");
  refuses(Tensor(1.0), {0}, {}, "accuracy: predictions must have an axis of samples; got shape ()");
  refuses(two, {0}, {}, "accuracy: labels must be one for each of 2 samples; got 1");
  refuses(two, {0, 2}, {}, "accuracy: labels must be in [0, 2); got 2 at 1");
  refuses(ones({2, 2, 2}), {0, 1}, {},
          "accuracy: predictions must be (samples, classes); got shape (2, 2, 2)");
  refuses(ones({2}), {0, 2}, {},
          "accuracy: with one score a sample labels must be 0 or 1; got 2 at 1");
  refuses(two, {0, 1}, ones({3}),
          "accuracy: weights must be one for each of 2 samples; got shape (3,)");
  refuses(two, {0, 1}, Tensor({1.0, -1.0}),
          "accuracy: weights must be finite and >= 0; got -1 at 1");
  CHECK_THROWS_WITH_AS(accuracy.update(two, two),
                       "accuracy: the targets must be classes, as integers; got numbers",
                       TypeError);
  CHECK_THROWS_WITH_AS(accuracy.set_state({1.0}), "accuracy: its state must be 2 numbers; got 1",
                       ValueError);
  CHECK_THROWS_WITH_AS(TopKAccuracy(0), "top_k_accuracy: k must be >= 1; got 0", ValueError);

  MeanSquaredError error;
  CHECK_THROWS_WITH_AS(error.update(two, {0, 1}),
                       "mean_squared_error: the targets must be numbers; got classes", TypeError);
  CHECK_THROWS_WITH_AS(
      error.update(two, ones({2, 3})),
      "mean_squared_error: targets must have the shape of the predictions, (2, 2); got (2, 3)",
      ValueError);

  CHECK_THROWS_WITH_AS(Precision().update(two, {0, 1}),
                       "precision: predictions must be one score a sample, (n,) or (n, 1); got "
                       "shape (2, 2)",
                       ValueError);
  CHECK_THROWS_WITH_AS(AreaUnderCurve().update(Tensor({NAN}), {1}),
                       "auc: scores must be numbers; got nan at 0", ValueError);
  ConfusionMatrix matrix(3);
  CHECK_THROWS_WITH_AS(matrix.update(two, {0, 1}),
                       "confusion_matrix: predictions must have a score for each of 3 classes; got "
                       "shape (2, 2)",
                       ValueError);
  CHECK_THROWS_WITH_AS(matrix.count({0}, {3}),
                       "confusion_matrix: decisions must be in [0, 3); got 3 at 0", ValueError);
  CHECK_THROWS_WITH_AS(matrix.at(0, 3), "confusion_matrix: a class must be in [0, 3); got 3",
                       ValueError);
  CHECK_THROWS_WITH_AS(ConfusionMatrix(0),
                       "confusion_matrix: there must be at least one class; got none", ValueError);
}
