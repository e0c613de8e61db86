// The losses of error_losses.h, margin_losses.h and probability_losses.h: each against its
// definition written out by hand, its gradients of both orders, weights, what is empty, errors.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/derivatives/hessian.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "by_position.h"
#include "largest_difference.h"

using namespace reel;
using namespace reel::testing;
using doctest::Approx;

namespace {

using Loss = Tensor (*)(const Operand&, const Operand&, const LossOptions&);
const LossOptions none{.reduction = Reduction::none};

struct Case {
  std::string name;
  Loss loss;
  std::function<double(double p, double y)> of_element;  // or null
  std::function<double(const std::vector<double>& p, const std::vector<double>& y)> of_row;
  bool binary = false;  // its labels are 0 and 1
  bool smooth = true;   // has second derivatives where the samples are
};

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"mean_absolute_error",
       mean_absolute_error,
       [](double p, double y) { return std::abs(p - y); },
       {}},
      {"mean_absolute_percentage_error",
       mean_absolute_percentage_error,
       [](double p, double y) { return 100 * std::abs(p - y) / std::max(std::abs(y), 1e-7); },
       {}},
      {"mean_squared_logarithmic_error",
       mean_squared_logarithmic_error,
       [](double p, double y) {
         return std::pow(std::log(std::max(p, 1e-7) + 1) - std::log(std::max(y, 1e-7) + 1), 2);
       },
       {}},
      {"log_cosh", log_cosh, [](double p, double y) { return std::log(std::cosh(p - y)); }, {}},
      {"poisson", poisson, [](double p, double y) { return p - y * std::log(p + 1e-7); }, {}},
      {"hinge",
       hinge,
       [](double p, double y) { return std::max(1 - (2 * y - 1) * p, 0.0); },
       {},
       true},
      {"squared_hinge",
       squared_hinge,
       [](double p, double y) { return std::pow(std::max(1 - (2 * y - 1) * p, 0.0), 2); },
       {},
       true},
      {"binary_crossentropy",
       [](const Operand& p, const Operand& y, const LossOptions& options) {
         return binary_crossentropy(p, y, options);
       },
       [](double p, double y) { return -y * std::log(p) - (1 - y) * std::log(1 - p); },
       {}},
      {"categorical_hinge",
       categorical_hinge,
       {},
       [](const std::vector<double>& p, const std::vector<double>& y) {
         double rival = -std::numeric_limits<double>::infinity();
         for (std::size_t i = 0; i < p.size(); ++i) rival = std::max(rival, (1 - y[i]) * p[i]);
         return std::max(rival - dot(y, p) + 1, 0.0);
       },
       true},
      {"cosine_similarity",
       cosine_similarity,
       {},
       [](const std::vector<double>& p, const std::vector<double>& y) {
         return -dot(p, y) / std::sqrt(dot(p, p) * dot(y, y));
       }},
      {"kl_divergence",
       [](const Operand& p, const Operand& y, const LossOptions& options) {
         return kl_divergence(p, y, options);
       },
       {},
       [](const std::vector<double>& p, const std::vector<double>& y) {
         double sum = 0;
         for (std::size_t i = 0; i < p.size(); ++i) sum += y[i] * std::log(y[i] / p[i]);
         return sum;
       }}};
  return all;
}

// In (0.1, 0.9), no two alike.
Tensor predictions_of(const Case&, DType dtype = float64) {
  return cast(sample({4, 3}) * 0.4 + 0.5, dtype);
}

Tensor labels_of(const Case& c, DType dtype = float64) {
  if (c.binary) return Tensor({{1, 0, 0}, {0, 0, 1}, {0, 1, 0}, {1, 0, 0}}, dtype);
  return cast(sample({4, 3}, 1) * 0.4 + 0.5, dtype);
}

std::vector<double> row(const Tensor& x, Index i) {
  const std::vector<double> all = x.to_vector();
  return {all.begin() + 3 * i, all.begin() + 3 * (i + 1)};
}

}  // namespace

TEST_CASE("each loss is its definition, element by element or row by row") {
  for (const Case& c : cases())
    for (const DType dtype : {float32, float64}) {
      INFO(c.name);
      const Tensor p = predictions_of(c, dtype), y = labels_of(c, dtype);
      const Tensor got = c.loss(p, y, none);
      const double tolerance = dtype == float32 ? 1e-5 : 1e-12;
      if (c.of_element) {
        REQUIRE(got.shape() == Shape{4, 3});
        for (Index i = 0; i < 12; ++i)
          CHECK(got.at(i / 3, i % 3) ==
                Approx(c.of_element(p.at(i / 3, i % 3), y.at(i / 3, i % 3))).epsilon(tolerance));
      } else {
        REQUIRE(got.shape() == Shape{4});
        for (Index i = 0; i < 4; ++i)
          CHECK(got.at(i) == Approx(c.of_row(row(p, i), row(y, i))).epsilon(tolerance));
      }
    }
}

TEST_CASE("each loss has gradients of both orders in predictions and labels") {
  using Pair = std::vector<Tensor>;
  for (const Case& c : cases()) {
    INFO(c.name);
    const Tensor y = labels_of(c);
    // Where labels of 0 and 1 decide what is computed, only the predictions can be moved.
    if (c.binary)
      CHECK(check_gradients([&](const Pair& x) { return c.loss(x[0], y, none); },
                            {predictions_of(c)}));
    else
      CHECK(check_gradients([&](const Pair& x) { return c.loss(x[0], x[1], none); },
                            {predictions_of(c), y}));
  }
}

TEST_CASE("each loss weighs samples, and is 0 of nothing") {
  const Tensor weights({2, 0, 1, 0.5}, float64);
  for (const Case& c : cases()) {
    INFO(c.name);
    const Tensor p = predictions_of(c), y = labels_of(c);
    const Tensor each = c.loss(p, y, none);
    const Tensor rows = each.rank() == 2 ? sum(each, -1) : each;
    CHECK(c.loss(p, y, {.reduction = Reduction::sum, .weights = weights}).item() ==
          Approx(sum(rows * weights).item()));
    CHECK(c.loss(zeros({0, 3}), zeros({0, 3}), {}).item() == 0);
  }
}

TEST_CASE("log_cosh keeps its digits at both ends, and its second derivative at 0") {
  const auto value = [](double error, DType dtype) {
    return log_cosh(Tensor(error, dtype), Tensor(0.0, dtype)).item();
  };
  CHECK(value(1e-6, float64) == Approx(5e-13).epsilon(1e-12));
  CHECK(value(1e-3, float32) == Approx(5e-7).epsilon(1e-5));
  CHECK(value(1e30, float32) == Approx(1e30));
  CHECK(value(-800, float64) == Approx(800 - std::log(2.0)));
  const auto f = [](const Tensor& x) { return log_cosh(x, zeros({2}, float64), {}); };
  CHECK(hessian_vector_product(f, zeros({2}, float64), ones({2}, float64)).to_vector() ==
        std::vector<double>{0.5, 0.5});
}

TEST_CASE("labels of a hinge may be -1 and 1, or 0 and 1") {
  const Tensor p({0.3, -0.2, 2.0}, float64);
  CHECK(hinge(p, Tensor({1, -1, 1}, float64), none).to_vector() ==
        hinge(p, Tensor({1, 0, 1}, float64), none).to_vector());
  CHECK(hinge(p, Tensor({1, 0, -1}, float64), none).at(1) == 1);  // a 0 among signs stays
}

TEST_CASE("a row of zeros has no direction") {
  const Tensor p = zeros({1, 3}, float64), y({{1, 2, 3}}, float64);
  Tape tape;
  tape.watch(p);
  const Tensor loss = cosine_similarity(p, y);
  CHECK(loss.item() == 0);
  for (const double slope : tape.gradient(loss, p).to_vector()) CHECK(std::isfinite(slope));
}

TEST_CASE("cross-entropies of probabilities: the reference's number, clipping, smoothing") {
  const Tensor p({{.9, .05, .05}, {.5, .89, .6}, {.05, .01, .94}}, float64);
  CHECK(sparse_categorical_crossentropy(p, {0, 1, 2}).item() == Approx(0.3239).epsilon(1e-4));
  CHECK(sparse_categorical_crossentropy(p, {0, 1, 2}).item() ==
        Approx(categorical_crossentropy(p, one_hot({0, 1, 2}, 3, float64)).item()));
  const Tensor sure({1.0, 0.0}, float64), wrong({0.0, 1.0}, float64);
  CHECK(binary_crossentropy(sure, wrong).item() == Approx(-std::log(1e-7)));
  CHECK(binary_crossentropy(sure, sure, {.label_smoothing = 0.2}).item() ==
        Approx(binary_crossentropy(sure, sure * 0.8 + 0.1).item()));
}

TEST_CASE("what does not fit is refused, whatever the loss") {
  const Tensor p = ones({2, 3}), narrow = ones({2, 2});
  for (const Case& c : cases()) {
    const std::string what = c.name == "binary_crossentropy" ? "probabilities" : "predictions";
    CHECK_THROWS_WITH_AS(
        c.loss(p, narrow, {}),
        (c.name + ": labels must have the shape of the " + what + ", (2, 3); got (2, 2)").c_str(),
        ValueError);
    CHECK_THROWS_WITH_AS(
        c.loss(p, ones({2, 3}, float64), {}),
        (c.name + ": labels must be float32 as the " + what + "; got float64; use cast").c_str(),
        TypeError);
    if (what == "predictions")
      CHECK_THROWS_WITH_AS(
          c.loss(p, p, {.label_smoothing = 0.1}),
          (c.name + ": label_smoothing is for the cross-entropies; got 0.1").c_str(), ValueError);
    if (c.of_row)
      CHECK_THROWS_WITH_AS(
          c.loss(Tensor(1.0), Tensor(1.0), {}),
          (c.name + ": predictions must have at least one number on the last axis; got shape ()")
              .c_str(),
          ValueError);
  }
  CHECK_THROWS_WITH_AS(kl_divergence(p, p, {}, 0.5),
                       "kl_divergence: epsilon must be in [0, 0.5); got 0.5", ValueError);
}
