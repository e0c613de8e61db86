// Contract 4.4: the optimizers of TensorFlow 1. Their formulas are laws/optimizer_table.cpp's rows.
#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/ops.h>
#include <reel/optim/sgd.h>
#include <reel/optim/tf1/tf1_optimizers.h>

#include "optimizer_helpers.h"

using namespace reel;
using namespace reel::test;
using namespace reel::tf1;

// Proves: 4.4 compute_gradients
TEST_CASE("4.4 compute_gradients is public, and asks for what the loss reads") {
  const TwoVariables t;
  const Variable frozen(full({2}, 1.0, float64), {.name = "frozen", .trainable = false});
  const GradientDescentOptimizer optimizer({.learning_rate = 1});
  const auto loss = [&] {
    const Tensor first = 5.0 * t.v0;  // read before the others
    return sum(first + square(t.v1) * frozen);
  };
  const auto all = optimizer.compute_gradients(loss);
  REQUIRE(all.size() == 2);
  CHECK(all[0].variable == t.v0);
  CHECK(all[1].gradient.to_vector() == Items{6, 8});
  const auto named = optimizer.compute_gradients(loss, {{frozen, t.v0}});
  REQUIRE(named.size() == 2);
  CHECK(named[0].gradient.to_vector() == Items{9, 16});
  const auto weighed = optimizer.compute_gradients([&] { return 5.0 * t.v0; }, {{t.v0, t.v1}},
                                                   Tensor({2, -1}, float64));
  CHECK(weighed[0].gradient.to_vector() == Items{10, -5});
  CHECK_FALSE(weighed[1].gradient.defined());
  CHECK_THROWS_WITH_AS(optimizer.compute_gradients([] { return Tensor(1.0); }),
                       "GradientDescent: the loss must read a trainable variable; it reads none",
                       ValueError);
  CHECK(values(t.v0) == Items{1, 2});
}

// Proves: 4.4 apply_gradients
TEST_CASE("4.4 a step counts global_step if it is given; without gradients it is an error") {
  const TwoVariables t(clipped(-0.1, 0), clipped(0, 1));
  const Variable step(Tensor(7.0, float64), {.name = "global_step", .trainable = false});
  GradientDescentOptimizer optimizer({.learning_rate = 3});
  optimizer.minimize(t.loss(), step);
  CHECK(values(t.v0) == Items{-0.1, -0.1});
  CHECK(values(t.v1) == Items{0, 0});
  CHECK(step.value().item() == 8);
  optimizer.minimize(t.loss());
  CHECK(step.value().item() == 8);
  CHECK_THROWS_WITH_AS(optimizer.apply_gradients({}), "GradientDescent: No variables provided",
                       ValueError);
  CHECK_THROWS_WITH_AS(optimizer.apply_gradients({{t.v0, Tensor()}}, step),
                       "GradientDescent: No gradients provided for any variable: v0", ValueError);
  CHECK_THROWS_WITH_AS(optimizer.apply_gradients({pair(t.v0, 1)}, t.v1),
                       "GradientDescent: global_step must be a scalar; got (2,)", ValueError);
  CHECK_THROWS_WITH_AS(optimizer.apply_gradients({pair(t.v0, 1)}, Variable(Tensor(1.0))),
                       "GradientDescent: global_step must be float64; got float32", TypeError);
  CHECK(step.value().item() == 8);
}

// Proves: 4.4 formulas; testNumericEquivalenceForNesterovMomentum
TEST_CASE("4.4 Momentum takes SGD's steps while the rate stays, and others once it changes") {
  for (bool nesterov : {false, true}) {
    const TwoVariables t, u;
    MomentumOptimizer v1({.learning_rate = 0.5, .momentum = 0.75, .use_nesterov = nesterov});
    SGD sgd({.learning_rate = 0.5, .momentum = 0.75, .nesterov = nesterov});
    const auto step = [&] {
      for (int i = 0; i < 4; ++i) {
        v1.apply_gradients({pair(t.v0, 0.125 * (i + 1))});
        sgd.apply_gradients({pair(u.v0, 0.125 * (i + 1))});
      }
    };
    step();
    CHECK(values(t.v0)[0] == doctest::Approx(values(u.v0)[0]).epsilon(1e-14));
    v1.set_learning_rate(0.25);
    sgd.set_learning_rate(0.25);
    step();
    CHECK(std::abs(values(t.v0)[0] - values(u.v0)[0]) > 0.01);
  }
}

// Proves: 4.4 arguments
TEST_CASE("4.4 what has to be given is asked for, and numbers without a meaning are refused") {
  CHECK_THROWS_WITH_AS(GradientDescentOptimizer({}),
                       "GradientDescent: learning_rate must be >= 0; got -1", ValueError);
  CHECK_THROWS_WITH_AS(MomentumOptimizer({.learning_rate = 1}),
                       "Momentum: momentum must be in [0, 1]; got -1", ValueError);
  CHECK_THROWS_WITH_AS(AdamOptimizer({.beta1 = 1}), "Adam: beta1 must be in [0, 1); got 1",
                       ValueError);
  CHECK_THROWS_WITH_AS(RMSPropOptimizer({.learning_rate = 1, .decay = 2}),
                       "RMSProp: decay must be in [0, 1]; got 2", ValueError);
  CHECK_THROWS_WITH_AS(AdagradOptimizer({.learning_rate = 1, .initial_accumulator_value = 0}),
                       "Adagrad: initial_accumulator_value must be > 0; got 0", ValueError);
  CHECK(AdamOptimizer().get_config().json() ==
        R"({"name":"Adam","learning_rate":0.001,"decay":0.0,"beta1":0.9,"beta2":0.999,)"
        R"("epsilon":1e-08})");
}
