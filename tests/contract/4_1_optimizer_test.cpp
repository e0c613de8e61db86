// Contract 4.1: what a step is.
#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/runtime/log.h>
#include <reel/optim/sgd.h>

#include "captured_stderr.h"
#include "optimizer_helpers.h"

using namespace reel;
using namespace reel::test;

// Proves: 4.1 minimize
TEST_CASE("4.1 minimize takes a recorded loss, or variables that exist only after it") {
  const TwoVariables t;
  SGD sgd({.learning_rate = 3});
  {
    const Tape tape;
    const Tensor loss = t.loss()();
    sgd.minimize(loss, tape, t.both());
  }
  CHECK(values(t.v0) == std::vector<double>{-14, -13});
  sgd.minimize(t.loss(), [&] { return t.both(); });
  CHECK(values(t.v0) == std::vector<double>{-29, -28});
}

// Proves: 4.1 minimize; 8.36
TEST_CASE("4.1 variables that are not trainable are trained when minimize names them") {
  const Variable frozen(Tensor({1.0, 2.0}, float64), {.trainable = false});
  SGD sgd({.learning_rate = 1});
  sgd.minimize([&] { return sum(2.0 * frozen); }, {frozen});
  CHECK(values(frozen) == std::vector<double>{-1, 0});
}

// Proves: 4.1 minimize
TEST_CASE("4.1 compute_gradients gives what minimize steps along, in the order of the variables") {
  const TwoVariables t;
  const Variable fixed(full({1}, 2.0, float64), {.trainable = false});
  const Variable other(full({1}, 2.0, float64));
  const SGD sgd({.learning_rate = 1, .clipvalue = 0.1});  // which is of the step, not of these
  const auto loss = [&] { return sum(5.0 * t.v0) * fixed; };
  const auto gradients = sgd.compute_gradients(loss, {fixed, other, t.v0});
  REQUIRE(gradients.size() == 3);
  CHECK(gradients[0].variable == fixed);
  CHECK(gradients[0].gradient.to_vector() == Items{15});
  CHECK_FALSE(gradients[1].gradient.defined());
  CHECK(gradients[2].gradient.to_vector() == Items{10, 10});
  CHECK(sgd.compute_gradients(loss, {t.v0}, Tensor({3}, float64))[0].gradient.to_vector() ==
        Items{30, 30});
  CHECK(values(t.v0) == Items{1, 2});
  CHECK(sgd.iterations() == 0);
}

// Proves: 4.1.5 update and constraint
TEST_CASE("4.1.5 the projection of a variable sees the old values of those that come later") {
  std::vector<double> seen;
  Variable later(full({1}, 5.0, float64));
  const Variable first(full({1}, 1.0, float64), {.constraint = [&](const Variable& v) {
                         seen = {v.value().to_vector()[0], later.value().to_vector()[0]};
                         return v.value();
                       }});
  SGD sgd({.learning_rate = 1});
  sgd.apply_gradients({pair(first, 0.5), {later, zeros_like(later)}});
  CHECK(seen == std::vector<double>{0.5, 5.0});
}

// Proves: 4.1.4 transforms
TEST_CASE("4.1.4 a global norm that is not finite makes the weights NaN") {
  const Variable v0(full({1}, 1.0, float64)), v1(full({1}, 2.0, float64));
  SGD sgd({.learning_rate = 1, .global_clipnorm = 2});
  sgd.apply_gradients({pair(v0, INFINITY), pair(v1, 1)});
  CHECK(std::isnan(values(v0)[0]));
  CHECK(std::isnan(values(v1)[0]));
}

// Proves: 4.1.4 transforms; 8.28
TEST_CASE("4.1.4 the value is clipped before the norm") {
  const Variable v(Tensor({0.0, 0.0}, float64));
  SGD sgd({.learning_rate = 1, .clipnorm = 1, .clipvalue = 3});
  sgd.apply_gradients({{v, Tensor({-400, -3}, float64)}});
  CHECK(values(v)[0] == doctest::Approx(std::sqrt(0.5)).epsilon(1e-12));
  CHECK(values(v)[1] == doctest::Approx(std::sqrt(0.5)).epsilon(1e-12));
}

// Proves: 4.1.3 rate; 8.29
TEST_CASE("4.1.3 decay divides the rate by the steps done before this one") {
  const Variable v(full({1}, 0.0, float64));
  SGD sgd({.learning_rate = 3, .decay = 0.5});
  double want = 0;
  for (int t = 0; t < 4; ++t) {
    sgd.apply_gradients({pair(v, 1)});
    want -= 3 / (1 + 0.5 * t);
    CHECK(values(v)[0] == doctest::Approx(want).epsilon(1e-14));
  }
}

// Proves: 4.1.3 rate
TEST_CASE("4.1.3 the rate can be a function of the steps done and can be assigned") {
  const Variable v(full({1}, 0.0, float64));
  SGD sgd({.learning_rate = [](Index step) { return 1.0 + static_cast<double>(step); }});
  sgd.apply_gradients({pair(v, 1)});
  sgd.apply_gradients({pair(v, 1)});
  CHECK(values(v)[0] == -3);
  CHECK(sgd.learning_rate() == 3);
  sgd.set_learning_rate(0.5);
  sgd.apply_gradients({pair(v, 1)});
  CHECK(values(v)[0] == -3.5);
}

// Proves: 4.1.1 no gradient
TEST_CASE("4.1.1 variables without a gradient are neither updated nor projected") {
  const TwoVariables t(clipped(-0.1, 0.0), clipped(0.0, 1.0));
  SGD sgd({.learning_rate = 1});
  const logging::Level level = logging::level();
  logging::set_level(logging::Level::error);  // the warning is expected
  CHECK(sgd.apply_gradients({{t.v0, Tensor()}, pair(t.v1, 1)}) == 1);
  logging::set_level(level);
  CHECK(values(t.v0) == std::vector<double>{1, 2});
  CHECK(values(t.v1) == std::vector<double>{1, 1});
}

// Proves: testNoGradients; 4.1.1 no gradient; 8.28
TEST_CASE("4.1.1 no pairs are no step, only pairs without gradients are an error") {
  const TwoVariables t;
  SGD sgd;
  CHECK(sgd.apply_gradients({}) == 0);
  CHECK_THROWS_WITH_AS(sgd.apply_gradients({{t.v0, Tensor()}, {t.v1, Tensor()}}),
                       "SGD: No gradients provided for any variable: v0, v1", ValueError);
  CHECK(sgd.iterations() == 0);
}

// Proves: 4.1 what must fit
TEST_CASE("4.1 a wrong gradient is refused before any variable moves") {
  const TwoVariables t;
  SGD sgd({.learning_rate = 1});
  CHECK_THROWS_WITH_AS(sgd.apply_gradients({pair(t.v0, 1), {t.v1, zeros({3}, float64)}}),
                       "SGD: the gradient of v1 must have shape (2,); got (3,)", ValueError);
  CHECK_THROWS_WITH_AS(sgd.apply_gradients({pair(t.v0, 1), {t.v1, zeros({2})}}),
                       "SGD: the gradient of v1 must be float64; got float32", TypeError);
  CHECK_THROWS_WITH_AS(sgd.apply_gradients({pair(t.v0, 1), {Variable(), zeros({2})}}),
                       "SGD: each gradient needs its variable; got none", ValueError);
  CHECK(values(t.v0) == std::vector<double>{1, 2});
  CHECK(sgd.iterations() == 0);
}

// Proves: 4.1 what must fit
TEST_CASE("4.1 a step is not recorded") {
  const TwoVariables t(clipped(-1, 1));
  SGD sgd({.momentum = 0.9, .clipnorm = 0.1});
  const Tape tape;
  sgd.apply_gradients({pair(t.v0, 1)});
  CHECK(tape.size() == 0);
}

// Proves: 4.1 arguments
TEST_CASE("4.1 an optimizer refuses what has no meaning") {
  CHECK_THROWS_WITH_AS(SGD({.learning_rate = -1}), "SGD: learning_rate must be >= 0; got -1",
                       ValueError);
  CHECK_THROWS_WITH_AS(SGD({.name = "mine", .decay = -0.5}), "mine: decay must be >= 0; got -0.5",
                       ValueError);
  CHECK_THROWS_WITH_AS(SGD({.clipnorm = -1}), "SGD: clipnorm must be >= 0; got -1", ValueError);
  CHECK_THROWS_WITH_AS(SGD({.clipvalue = -2}), "SGD: clipvalue must be >= 0; got -2", ValueError);
  CHECK_THROWS_WITH_AS(SGD({.global_clipnorm = NAN}), "SGD: global_clipnorm must be >= 0; got nan",
                       ValueError);
  CHECK_THROWS_WITH_AS(SGD({.clipnorm = 1, .global_clipnorm = 2}),
                       "SGD: clipnorm and global_clipnorm cannot both be given; got 1 and 2",
                       ValueError);
  SGD sgd;
  CHECK_THROWS_WITH_AS(sgd.set_iterations(-1), "SGD: iterations must be >= 0; got -1", ValueError);
  CHECK_THROWS_WITH_AS(sgd.set_learning_rate(-1), "SGD: learning_rate must be >= 0; got -1",
                       ValueError);
}

// Proves: 4.1 get_config, from_config
TEST_CASE("4.1 the config has the clipping only where it is set") {
  const SGD sgd({.learning_rate = 0.1, .momentum = 0.5, .nesterov = true, .clipnorm = 2});
  CHECK(sgd.get_config().json() ==
        R"({"name":"SGD","learning_rate":0.1,"decay":0.0,"clipnorm":2.0,"momentum":0.5,)"
        R"("nesterov":true})");
  CHECK_THROWS_WITH_AS(SGD({.learning_rate = [](Index) { return 1.0; }}).get_config(),
                       "SGD: learning_rate must be a number or a schedule in a config; got a "
                       "function",
                       ValueError);
}

// Proves: testInvalidKwargs; 4.1 get_config, from_config
TEST_CASE("4.1 an optimizer made from a config has the same config") {
  const SGD sgd(
      {.learning_rate = 0.1, .momentum = 0.5, .name = "mine", .clipvalue = 2, .decay = 1});
  CHECK(SGD::from_config(sgd.get_config()).get_config() == sgd.get_config());
  CHECK(SGD::from_config(Config::from_json(sgd.get_config().json())).get_config() ==
        sgd.get_config());
  CHECK(SGD::from_config({{"lr", 0.25}, {"clipnorm", nullptr}}).learning_rate() == 0.25);
  CHECK(SGD::from_config({}).get_config() == SGD().get_config());
  CHECK_THROWS_WITH_AS(SGD::from_config({{"rate", 0.25}}),
                       "SGD: a config must only have entries that are arguments; got 'rate'",
                       TypeError);
  CHECK_THROWS_WITH_AS(SGD({.gradient_aggregator = [](auto pairs) { return pairs; }}).get_config(),
                       "SGD: gradient functions cannot stand in a config", ValueError);
}

// Proves: testGettingHyperParameters; 4.1 lr
TEST_CASE("4.1 lr is the old name of learning_rate and wins, with a warning") {
  CapturedStderr log;
  const SGD sgd({.learning_rate = 0.5, .lr = 0.25});
  CHECK(sgd.learning_rate() == 0.25);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  CHECK(sgd.lr() == 0.25);
#pragma GCC diagnostic pop
  CHECK(log.text() ==
        "reel: warning: SGD: lr is the old name of learning_rate; use learning_rate\n");
}

// Proves: 4.1 hyper-parameters
TEST_CASE("4.1 the rate may be a function of nothing, such as one that reads a variable") {
  const Variable rate(Tensor(0.5)), v(full({1}, 0.0, float64));
  SGD sgd({.learning_rate = [&] { return rate.value().item(); }});
  sgd.apply_gradients({pair(v, 1)});
  CHECK(values(v) == Items{-0.5});
  rate.assign(Tensor(2.0));
  sgd.apply_gradients({pair(v, 1)});
  CHECK(values(v) == Items{-2.5});
}

// Proves: MomentumOptimizerTest.testTensorLearningRateAndMomentum; 4.1 hyper-parameters
TEST_CASE("4.1 hyper-parameters are read and assigned at any time, effective at the next step") {
  const Variable v(full({1}, 0.0, float64));
  SGD sgd({.learning_rate = 1, .momentum = 0.5, .decay = 1});
  sgd.apply_gradients({pair(v, 1)});  // velocity -1
  CHECK(values(v) == Items{-1});
  CHECK(sgd.decay() == 1);
  sgd.set_decay(0);
  sgd.set_momentum(0.25);
  sgd.set_learning_rate(2);
  sgd.apply_gradients({pair(v, 1)});  // velocity 0.25 * -1 - 2
  CHECK(values(v) == Items{-3.25});
  CHECK_THROWS_WITH_AS(sgd.set_decay(-1), "SGD: decay must be >= 0; got -1", ValueError);
}

// Proves: 4.1.3 rate; 8.29
TEST_CASE("4.1.3 decay multiplies on top of a schedule") {
  const Variable v(full({1}, 0.0, float64));
  SGD sgd({.learning_rate = [](Index step) { return step == 0 ? 8.0 : 4.0; }, .decay = 1});
  sgd.apply_gradients({pair(v, 1)});
  sgd.apply_gradients({pair(v, 1)});
  CHECK(values(v) == Items{-8 - 4.0 / 2});
}

// Proves: testAggregationTrue; 4.1.4 transforms
TEST_CASE("4.1.4 the aggregator sees whole gradients, transformers come after it, in their order") {
  const Variable v(full({1}, 0.0, float64));
  Items seen;
  const auto scaled = [&seen](double factor) {
    return [&seen, factor](std::vector<VariableGradient> pairs) {
      for (VariableGradient& each : pairs) {
        seen.push_back(each.gradient.at(0));
        each.gradient = each.gradient * factor;
      }
      return pairs;
    };
  };
  SGD clips({.learning_rate = 1, .clipvalue = 5, .gradient_aggregator = scaled(2)});
  clips.apply_gradients({pair(v, 3)});
  CHECK(seen == Items{3});
  CHECK(values(v) == Items{-5});  // 3 * 2, clipped
  SGD transforms({.learning_rate = 1, .gradient_transformers = {scaled(10), scaled(0.5)}});
  transforms.apply_gradients({pair(v, 1)});
  CHECK(seen == Items{3, 1, 10});
  CHECK(values(v) == Items{-10});
}

// Proves: 4.1 arguments
TEST_CASE("4.1.4 clipping and transformers exclude each other") {
  const auto same = [](std::vector<VariableGradient> pairs) { return pairs; };
  CHECK_THROWS_WITH_AS(
      SGD({.clipnorm = 1, .gradient_transformers = {same}}),
      "SGD: clipping and gradient_transformers cannot both be given; clip in a transformer",
      ValueError);
}

// Proves: 4.1.4 transforms
TEST_CASE("4.1.4 what a transformer returns is checked before any variable moves") {
  const Variable v(full({1}, 0.0, float64), {.name = "v"});
  const auto step = [&](const GradientTransformer& transformer) {
    SGD({.gradient_transformers = {transformer}}).apply_gradients({pair(v, 1)});
  };
  CHECK_THROWS_WITH_AS(
      step([](auto) { return std::vector<VariableGradient>{}; }),
      "SGD: a gradient transformer must return the variables that it was given, in their order",
      ValueError);
  CHECK_THROWS_WITH_AS(step([](auto pairs) {
                         pairs[0].gradient = Tensor();
                         return pairs;
                       }),
                       "SGD: a gradient transformer must return a gradient of v; got none",
                       ValueError);
  CHECK_THROWS_WITH_AS(step([](auto pairs) {
                         pairs[0].gradient = zeros({2}, float64);
                         return pairs;
                       }),
                       "SGD: the gradient of v must have shape (1,); got (2,)", ValueError);
  CHECK(values(v) == Items{0});
}

// Proves: 4.1.4 transforms
TEST_CASE("4.1.4 the gradients of penalties are clipped too") {
  const Variable v(full({1}, 1.0, float64));
  SGD sgd({.learning_rate = 1, .clipvalue = 0.5});
  sgd.minimize([&] { return 0.25 * v + 10.0 * square(v); }, {v});
  CHECK(values(v) == Items{0.5});
}

// Proves: 4.1.5 update and constraint; 8.22
TEST_CASE("4.1.5 constraints are not applied at creation, on assignment or in the forward pass") {
  const Variable v(full({1}, 3.0, float64), {.constraint = clipped(0, 1)});
  CHECK(values(v) == Items{3});
  v.assign(full({1}, 5.0, float64));
  CHECK((v * 2.0).to_vector() == Items{10});
  SGD({.learning_rate = 0}).apply_gradients({pair(v, 1)});
  CHECK(values(v) == Items{1});
}

// Proves: 4.1.6 count; 8.22
TEST_CASE("4.1.6 a step is counted after all of its updates, and the new count is returned") {
  Index during = -1;
  const SGD* optimizer = nullptr;
  const Variable v(full({1}, 3.0, float64), {.constraint = [&](const Variable& x) {
                     during = optimizer->iterations();
                     return x.value();
                   }});
  SGD sgd;
  optimizer = &sgd;
  CHECK(sgd.apply_gradients({pair(v, 1)}) == 1);
  CHECK(during == 0);
  CHECK(sgd.apply_gradients({pair(v, 1)}) == 2);
  CHECK(during == 1);
}
