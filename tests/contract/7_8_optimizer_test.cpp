// Contract 7.8: the reference's tests of what all its optimizers do.
#include <doctest/doctest.h>

#include <reel/core/runtime/log.h>
#include <reel/optim/sgd.h>

#include "optimizer_helpers.h"

using namespace reel;
using namespace reel::test;

// Proves: optimizer_v2_test.testBasic; 4.1 grad_loss, sums; 4.2 expected numbers
TEST_CASE("7.8 testBasic: minimize takes one step down the gradient of each element") {
  const TwoVariables t;
  SGD sgd({.learning_rate = 3});
  CHECK(sgd.iterations() == 0);
  CHECK(sgd.minimize(t.loss(), t.both()) == 1);
  CHECK(values(t.v0) == std::vector<double>{-14, -13});
  CHECK(values(t.v1) == std::vector<double>{-6, -5});
}

// Proves: testPrecomputedGradient; 4.1 grad_loss, sums
TEST_CASE("7.8 testPrecomputedGradient: minimize weighs the loss by the output gradient") {
  const TwoVariables t;
  SGD sgd({.learning_rate = 3});
  sgd.minimize(t.loss(), t.both(), Tensor({42, -42}, float64));
  CHECK(values(t.v0) == std::vector<double>{1 - 3 * 5 * 42, 2 + 3 * 5 * 42});
  CHECK(values(t.v1) == std::vector<double>{3 - 3 * 3 * 42, 4 + 3 * 3 * 42});
}

// Proves: testConstraint; 4.1.5 update and constraint
TEST_CASE("7.8 testConstraint: each variable is projected right after its own update") {
  const TwoVariables t(clipped(-0.1, 0.0), clipped(0.0, 1.0));
  SGD sgd({.learning_rate = 3});
  sgd.minimize(t.loss(), t.both());
  CHECK(values(t.v0) == std::vector<double>{-0.1, -0.1});
  CHECK(values(t.v1) == std::vector<double>{0, 0});
}

// Proves: testGradClipValue; 4.2 expected numbers
TEST_CASE("7.8 testGradClipValue: clipvalue clips each element") {
  const Variable v(Tensor({1.0, 2.0}, float64));
  SGD sgd({.learning_rate = 1, .clipvalue = 1});
  sgd.minimize([&] { return 3.0 * v; }, {v});
  CHECK(values(v) == std::vector<double>{0, 1});
}

// Proves: testGradClipNorm; 4.2 expected numbers
TEST_CASE("7.8 testGradClipNorm: clipnorm clips each gradient to its norm") {
  const Variable v(full({1}, 1.0, float64)), u(Tensor({0.0, 0.0}, float64));
  SGD sgd({.learning_rate = 1, .clipnorm = 1});
  sgd.apply_gradients({pair(v, 4), {u, Tensor({-0.3, 0.4}, float64)}});
  CHECK(values(v) == std::vector<double>{0});
  CHECK(values(u) == std::vector<double>{0.3, -0.4});
}

// Proves: testGradGlobalClipNorm; 4.2 expected numbers
TEST_CASE("7.8 testGradGlobalClipNorm: global_clipnorm clips all gradients by one factor") {
  const Variable v0(full({1}, 1.0, float64)), v1(full({1}, 2.0, float64));
  SGD sgd({.learning_rate = 1, .global_clipnorm = 2});
  sgd.apply_gradients({pair(v0, 3), pair(v1, 4)});
  CHECK(values(v0)[0] == doctest::Approx(-0.2).epsilon(1e-12));
  CHECK(values(v1)[0] == doctest::Approx(0.4).epsilon(1e-12));
}

// Proves: testAdaptiveLearningRate
TEST_CASE("7.8 testAdaptiveLearningRate: numbers and a schedule, assigned between steps") {
  const TwoVariables t;
  SGD sgd({.learning_rate = 1});
  sgd.minimize(t.loss(), t.both());
  CHECK(values(t.v0) == Items{-4, -3});
  CHECK(values(t.v1) == Items{0, 1});
  sgd.set_learning_rate(0.5);
  sgd.minimize(t.loss(), t.both());
  CHECK(values(t.v0) == Items{-6.5, -5.5});
  CHECK(values(t.v1) == Items{-1.5, -0.5});
  sgd.set_learning_rate([](Index steps) { return 0.5 / (1 + 0.5 * static_cast<double>(steps)); });
  sgd.minimize(t.loss(), t.both());
  CHECK(values(t.v0) == Items{-7.75, -6.75});
  CHECK(values(t.v1) == Items{-2.25, -1.25});
}

// Proves: testNoGradients
TEST_CASE("7.8 testNoGradients: a loss of other variables is an error that names those asked for") {
  const TwoVariables t;
  SGD sgd({.learning_rate = 3});
  CHECK_THROWS_WITH_AS(sgd.minimize([&] { return 5.0 * t.v0; }, {t.v1}),
                       "SGD: No gradients provided for any variable: v1", ValueError);
  CHECK_THROWS_WITH_AS(sgd.minimize([] { return Tensor(5.0); }, t.both()),
                       "SGD: No gradients provided for any variable: v0, v1", ValueError);
  CHECK(sgd.iterations() == 0);
}

// Proves: testEmptyVarList
TEST_CASE("7.8 testEmptyVarList: minimizing over no variables is no step") {
  SGD sgd;
  CHECK(sgd.minimize([] { return Tensor(5.0); }, std::vector<Variable>{}) == 0);
  CHECK(sgd.apply_gradients({}) == 0);
}

// Proves: testGradientsAsVariables
TEST_CASE("7.8 testComputeGradientsWithTensors: a tensor has a gradient and no optimizer") {
  const Tensor x({1.0}, float64);
  Tape tape;
  tape.watch(x);
  CHECK(tape.gradient(x * x, x).item() == 2);
  CHECK_THROWS_WITH_AS(SGD().apply_gradients({{Variable(), x}}),
                       "SGD: each gradient needs its variable; got none", ValueError);
}

// Proves: testIterationWithoutMinimize
TEST_CASE("7.8 testIterationWithoutMinimize: a new optimizer has done no step") {
  CHECK(SGD({.learning_rate = 3}).iterations() == 0);
}

// Proves: testOptimizerSetIterations
TEST_CASE("7.8 testOptimizerSetIterations: a counter from outside is advanced") {
  const TwoVariables t;
  const Variable counter(Tensor(0.0, float64), {.name = "global_step"});
  SGD sgd({.learning_rate = 3, .decay = 0.5});
  sgd.set_iterations(counter);
  sgd.minimize(t.loss(), t.both());
  CHECK(counter.value().item() == 1);
  sgd.minimize(t.loss(), t.both());  // at the decayed rate of 2
  CHECK(counter.value().item() == 2);
  CHECK(values(t.v0) == Items{1 - (3 + 2) * 5, 2 - (3 + 2) * 5});
}

// Proves: testConfig
TEST_CASE("7.8 testConfig: a number, and a rate that came as a function") {
  SGD sgd({.learning_rate = 2, .momentum = 0.5});
  CHECK(SGD::from_config(sgd.get_config()).get_config() == sgd.get_config());
  sgd.set_learning_rate([] { return 2.0; });
  CHECK_THROWS_WITH_AS(sgd.get_config(),
                       "SGD: learning_rate must be a number or a schedule in a config; got a "
                       "function",
                       ValueError);
}

// Proves: testInvalidClipNorm
TEST_CASE("7.8 testInvalidClipNorm: negative bounds are refused") {
  CHECK_THROWS_WITH_AS(SGD({.clipnorm = -1}), "SGD: clipnorm must be >= 0; got -1", ValueError);
}

// Proves: testWeights
TEST_CASE("7.8 testWeights: one optimizer goes on where another stopped") {
  const Variable v(Tensor({1.0, 2.0, 3.0}, float64)), u(Tensor({3.0, 4.0, 5.0}, float64));
  SGD first({.learning_rate = 1, .momentum = 0.2, .nesterov = true});
  first.minimize([&] { return sum(3.0 * v); }, {v});
  SGD second = SGD::from_config(first.get_config());
  second.minimize([&] { return sum(5.0 * u); }, {u});
  second.set_weights(first.get_weights());
  const std::vector<Tensor> a = first.get_weights(), b = second.get_weights();
  REQUIRE(a.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) CHECK(a[i].to_vector() == b[i].to_vector());
  CHECK_THROWS_WITH_AS(second.set_weights({a[0], a[1], a[1]}),
                       "SGD: there must be 2 weights; got 3", ValueError);
}

// Proves: testGettingHyperParameters
TEST_CASE("7.8 testGettingHyperParameters: the rate is read and assigned") {
  SGD sgd({.learning_rate = 1, .momentum = 0.5});
  CHECK(sgd.learning_rate() == 1);
  sgd.set_learning_rate(2);
  CHECK(sgd.learning_rate() == 2);
  CHECK(sgd.momentum() == 0.5);
}

// Proves: testVarKey
TEST_CASE("7.8 testVarKey and testVarName: the optimizer's own variables have its name in front") {
  const Variable v(full({1}, 0.0), {.name = "a/b"});
  SGD sgd({.momentum = 0.9, .name = "mine"});
  sgd.apply_gradients({{v, zeros({1})}});
  REQUIRE(sgd.variables().size() == 2);
  CHECK(sgd.variables()[0].name() == "mine/iter");
  CHECK(sgd.variables()[1].name() == "mine/a/b/momentum");
  const Variable same_name(full({1}, 0.0), {.name = "a/b"});
  sgd.apply_gradients({{same_name, zeros({1})}});  // told apart by identity
  CHECK(sgd.slots().size() == 2);
  CHECK_FALSE(sgd.get_slot(v, "momentum") == sgd.get_slot(same_name, "momentum"));
}
