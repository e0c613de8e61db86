// Contract 7.8: the reference's tests of gradient descent, step by step.
#include <doctest/doctest.h>

#include <cmath>

#include <reel/optim/sgd.h>

#include "optimizer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

// The gradients of the reference's tests: 0.1 for v0, 0.01 for v1.
void step(SGD& sgd, const TwoVariables& t) {
  sgd.apply_gradients({pair(t.v0, 0.1), pair(t.v1, 0.01)});
}

void check_values(const TwoVariables& t, double moved0, double moved1) {
  const Items v0 = values(t.v0), v1 = values(t.v1);
  CHECK(v0[0] == doctest::Approx(1 - moved0).epsilon(1e-14));
  CHECK(v0[1] == doctest::Approx(2 - moved0).epsilon(1e-14));
  CHECK(v1[0] == doctest::Approx(3 - moved1).epsilon(1e-14));
  CHECK(v1[1] == doctest::Approx(4 - moved1).epsilon(1e-14));
}

}  // namespace

// Proves: gradient_descent_test.testBasic
TEST_CASE("7.8 gradient_descent testBasic") {
  const TwoVariables t;
  SGD sgd({.learning_rate = 3});
  step(sgd, t);
  check_values(t, 3 * 0.1, 3 * 0.01);
}

// Proves: gradient_descent_test.testBasicWithLearningRateDecay
TEST_CASE("7.8 gradient_descent testBasicWithLearningRateDecay") {
  const TwoVariables t;
  SGD sgd({.learning_rate = 3, .decay = 0.5});
  step(sgd, t);
  check_values(t, 3 * 0.1, 3 * 0.01);
  step(sgd, t);
  check_values(t, (3 + 2) * 0.1, (3 + 2) * 0.01);  // 3 / (1 + 0.5 * 1) = 2
  step(sgd, t);
  check_values(t, (3 + 2 + 1.5) * 0.1, (3 + 2 + 1.5) * 0.01);
}

// Proves: gradient_descent_test.testBasicWithLearningRateInverseTimeDecay
TEST_CASE(
    "7.8 gradient_descent testBasicWithLearningRateInverseTimeDecay: a schedule does it too") {
  const TwoVariables t;
  SGD sgd(
      {.learning_rate = [](Index steps) { return 3 / (1 + 0.5 * static_cast<double>(steps)); }});
  step(sgd, t);
  step(sgd, t);
  check_values(t, (3 + 2) * 0.1, (3 + 2) * 0.01);
}

// Proves: testBasicCallableParams
TEST_CASE("7.8 gradient_descent testBasicCallableParams") {
  const TwoVariables t;
  SGD sgd({.learning_rate = [] { return 3.0; }});
  step(sgd, t);
  check_values(t, 3 * 0.1, 3 * 0.01);
}

// Proves: testTensorLearningRate
TEST_CASE("7.8 gradient_descent testTensorLearningRate: the tensor's number is the rate") {
  const TwoVariables t;
  const Tensor rate(3.0);
  SGD sgd({.learning_rate = rate.item()});
  step(sgd, t);
  check_values(t, 3 * 0.1, 3 * 0.01);
}

// Proves: testMinimizeResourceVariable
TEST_CASE("7.8 gradient_descent testGradWrtRef and testMinimizeResourceVariable") {
  const Variable w(Tensor({{1.0, 2.0}}, float64)), b(Tensor({3.0}, float64));
  const Tensor x({{4.0}, {5.0}}, float64);
  SGD sgd({.learning_rate = 1});
  sgd.minimize([&] { return matmul(w, x) + b; }, {w, b});
  CHECK(values(w) == Items{1 - 4, 2 - 5});
  CHECK(values(b) == Items{3 - 1});
}

// Proves: MomentumOptimizerTest.testBasic; 4.2 expected numbers
TEST_CASE("7.8 momentum testBasic: the slot is -0.2, then -0.38") {
  const TwoVariables t;
  SGD sgd({.learning_rate = 2, .momentum = 0.9});
  step(sgd, t);
  const Variable slot0 = sgd.get_slot(t.v0, "momentum"), slot1 = sgd.get_slot(t.v1, "momentum");
  CHECK(slot0.shape() == t.v0.shape());
  CHECK(values(slot0)[1] == doctest::Approx(-0.2).epsilon(1e-14));
  CHECK(values(slot1)[1] == doctest::Approx(-0.02).epsilon(1e-14));
  check_values(t, 0.2, 0.02);
  step(sgd, t);
  CHECK(values(slot0)[1] == doctest::Approx(-0.38).epsilon(1e-14));
  CHECK(values(slot1)[1] == doctest::Approx(-0.038).epsilon(1e-14));
  check_values(t, 0.2 + 0.38, 0.02 + 0.038);
}

// Proves: MomentumOptimizerTest.testNesterovMomentum
TEST_CASE("7.8 momentum testNesterovMomentum") {
  const Variable v(Tensor({1.0, 2.0}, float64));
  SGD sgd({.learning_rate = 2, .momentum = 0.9, .nesterov = true});
  Items w{1, 2}, a{0, 0};
  for (int t = 0; t < 4; ++t) {
    sgd.minimize([&] { return 0.5 * square(v); }, {v});
    for (std::size_t i = 0; i < 2; ++i) {
      const double g = w[i];
      a[i] = 0.9 * a[i] - 2 * g;
      w[i] += 0.9 * a[i] - 2 * g;
    }
    CHECK(values(v)[0] == doctest::Approx(w[0]).epsilon(1e-12));
    CHECK(values(v)[1] == doctest::Approx(w[1]).epsilon(1e-12));
  }
}

// Proves: MomentumOptimizerTest.testSharing
TEST_CASE("7.8 momentum testSharing: one optimizer, steps from two places") {
  const TwoVariables t;
  SGD sgd({.learning_rate = 2, .momentum = 0.9});
  const auto here = [&] { step(sgd, t); };
  const auto there = [&] { step(sgd, t); };
  here();
  there();
  check_values(t, 0.2 + 0.38, 0.02 + 0.038);
  CHECK(sgd.slots().size() == 2);
}

// Proves: MomentumOptimizerTest.testNesterovWithoutMomentum
TEST_CASE("7.8 momentum testNesterovWithoutMomentum: 2 is no momentum") {
  CHECK_THROWS_WITH_AS(SGD({.learning_rate = 1, .momentum = 2, .nesterov = true}),
                       "SGD: momentum must be in [0, 1]; got 2", ValueError);
}

// Proves: MomentumOptimizerTest.testConfig
TEST_CASE("7.8 momentum testConfig and testConstructWithLR") {
  const SGD sgd({.learning_rate = 1, .momentum = 0.9, .nesterov = true});
  const SGD again = SGD::from_config(sgd.get_config());
  CHECK(again.learning_rate() == 1);
  CHECK(again.momentum() == 0.9);
  CHECK(again.nesterov());
  Config config = sgd.get_config();
  config.set("lr", 3.0);
  CHECK(SGD::from_config(config).learning_rate() == 3);
}
