// Contract 7.8: the reference's tests of Adam, RMSprop and Adagrad, step by step.
#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/ops.h>
#include <reel/optim/optimizers.h>
#include <reel/optim/schedules/schedules.h>
#include <reel/optim/tf1/tf1_optimizers.h>

#include "optimizer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

// The reference's own variables and gradients.
struct Upstream {
  Variable v0, v1;
  explicit Upstream(DType dtype)
      : v0(Tensor({1.0, 2.0}, dtype), {.name = "v0"}),
        v1(Tensor({3.0, 4.0}, dtype), {.name = "v1"}) {}
  std::vector<VariableGradient> gradients() const { return {pair(v0, 0.1), pair(v1, 0.01)}; }
};

// Adam in NumPy's words, for one weight.
struct NaiveAdam {
  double w, m = 0, v = 0, most = 0;
  void step(double g, int t, double rate, bool amsgrad) {
    const double alpha = rate * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t));
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    most = std::max(most, v);
    w -= alpha * m / (std::sqrt(amsgrad ? most : v) + 1e-7);
  }
};

void check_adam(Adam& adam, const std::function<double(int)>& rate) {
  for (DType dtype : {float32, float64}) {
    const Upstream u(dtype);
    NaiveAdam a{1.0}, b{4.0};
    adam.set_iterations(0);
    for (int t = 1; t <= 3; ++t) {
      adam.apply_gradients(u.gradients());
      a.step(0.1, t, rate(t), adam.amsgrad());
      b.step(0.01, t, rate(t), adam.amsgrad());
      const double tolerance = dtype == float32 ? 1e-5 : 1e-12;
      CHECK(values(u.v0)[0] == doctest::Approx(a.w).epsilon(tolerance));
      CHECK(values(u.v1)[1] == doctest::Approx(b.w).epsilon(tolerance));
    }
  }
}

}  // namespace

// Proves: adam_test.testResourceBasic
TEST_CASE("7.8 adam testBasic: NumPy's numbers, in both dtypes") {
  Adam adam;
  check_adam(adam, [](int) { return 0.001; });
}

// Proves: testBasicWithAmsgrad
TEST_CASE("7.8 adam testBasicWithAmsgrad") {
  Adam adam({.amsgrad = true});
  check_adam(adam, [](int) { return 0.001; });
}

// Proves: adam_test.testBasicWithLearningRateDecay;
//   adam_test.testBasicWithLearningRateInverseTimeDecay
TEST_CASE("7.8 adam with decay of the rate, or a schedule of it") {
  Adam decaying({.decay = 0.5});
  check_adam(decaying, [](int t) { return 0.001 / (1 + 0.5 * (t - 1)); });
  Adam scheduled({.learning_rate = schedules::InverseTimeDecay(
                      {.initial_learning_rate = 0.001, .decay_steps = 1, .decay_rate = 0.5})});
  check_adam(scheduled, [](int t) { return 0.001 / (1 + 0.5 * (t - 1)); });
}

// Proves: adam_test.testSharing
TEST_CASE("7.8 adam testSharing: one optimizer, steps from two places") {
  const Upstream u(float64), w(float64);
  Adam shared, alone;
  for (int i = 0; i < 2; ++i) {
    shared.apply_gradients(u.gradients());
    shared.apply_gradients(u.gradients());
  }
  for (int i = 0; i < 4; ++i) alone.apply_gradients(w.gradients());
  CHECK(values(u.v0) == values(w.v0));
  CHECK(shared.iterations() == 4);
}

// Proves: testSlotsUniqueEager
TEST_CASE("7.8 adam testSlotsUniqueEager: a counter and two slots a variable, told apart") {
  const Variable v0(Tensor(1.0)), v1(Tensor(1.0));
  Adam adam;
  adam.minimize([&] { return v0 + v1; }, {v0, v1});
  CHECK(adam.variables().size() == 5);
  CHECK_FALSE(adam.get_slot(v0, "m") == adam.get_slot(v1, "m"));
}

// Proves: testSetWeightsFromV1AdamWithoutMinimize
TEST_CASE("7.8 adam testSetWeightsFromV1AdamWithoutMinimize: nothing fits nothing") {
  const tf1::AdamOptimizer v1;
  Adam v2;
  CHECK_NOTHROW(v2.set_weights(v1.get_weights()));
  CHECK(v2.get_weights().empty());
}

// Proves: testNumericEquivalenceForAmsgrad
TEST_CASE("7.8 testNumericEquivalenceForAmsgrad: while v grows, amsgrad is Adam, v1's too") {
  const Upstream u(float64), w(float64), x(float64);
  Adam plain({.epsilon = 1e-8}), amsgrad({.epsilon = 1e-8, .amsgrad = true});
  tf1::AdamOptimizer v1;
  for (int i = 0; i < 4; ++i) {
    plain.apply_gradients(u.gradients());
    amsgrad.apply_gradients(w.gradients());
    v1.apply_gradients(x.gradients());
  }
  CHECK(values(u.v0) == values(w.v0));
  CHECK(values(u.v0) == values(x.v0));
}

// Proves: rmsprop_test.testMomentumProperValue
TEST_CASE("7.8 rmsprop testMomentumProperValue: 2.5 is no momentum") {
  CHECK_THROWS_WITH_AS(RMSprop({.momentum = 2.5}), "RMSprop: momentum must be in [0, 1]; got 2.5",
                       ValueError);
}

// Proves: rmsprop_test.testDense
TEST_CASE("7.8 rmsprop testDense: epsilon moves into the root when there is momentum") {
  for (bool centered : {false, true})
    for (double momentum : {0.0, 0.9}) {
      const Upstream u(float64);
      RMSprop rmsprop({.learning_rate = 0.5,
                       .rho = 0.9,
                       .momentum = momentum,
                       .epsilon = 1e-2,
                       .centered = centered});
      double w = 1, rms = 0, mean = 0, a = 0;
      for (int t = 0; t < 3; ++t) {
        rmsprop.apply_gradients(u.gradients());
        rms = 0.9 * rms + 0.1 * 0.01;
        mean = 0.9 * mean + 0.1 * 0.1;
        const double q = centered ? rms - mean * mean : rms;
        a = momentum * a + 0.5 * 0.1 / std::sqrt(q + 1e-2);
        w -= momentum > 0 ? a : 0.5 * 0.1 / (std::sqrt(q) + 1e-2);
        CHECK(values(u.v0)[0] == doctest::Approx(w).epsilon(1e-12));
      }
    }
}

// Proves: adagrad_test.testBasic; testBasicWithLargeEpsilon
TEST_CASE("7.8 adagrad testBasic and testBasicWithLargeEpsilon: the accumulator begins at 0.1") {
  for (double epsilon : {1e-7, 1.0}) {
    const Upstream u(float64);
    Adagrad adagrad({.learning_rate = 3, .epsilon = epsilon});
    double w = 1, sum = 0.1;
    for (int t = 0; t < 3; ++t) {
      adagrad.apply_gradients(u.gradients());
      sum += 0.01;
      w -= 3 * 0.1 / (std::sqrt(sum) + epsilon);
      CHECK(values(u.v0)[0] == doctest::Approx(w).epsilon(1e-12));
    }
    CHECK(values(adagrad.get_slot(u.v0, "accumulator"))[0] == doctest::Approx(0.13).epsilon(1e-14));
  }
}
