// Contract 4.3: schedules of learning rates, by the reference's tests (7.8
// learning_rate_schedule_test): each with and without a way through its config.
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include <reel/core/ops.h>
#include <reel/optim/schedules/schedules.h>
#include <reel/optim/sgd.h>

#include "optimizer_helpers.h"

using namespace reel;
using namespace reel::schedules;
using namespace reel::test;

namespace {

using Pairs = std::vector<std::pair<Index, double>>;

// The rates of a schedule, and of what its config stands for, after these many steps.
template <class S>
void check_rates(const S& schedule, const Pairs& wanted) {
  const LearningRate read = deserialize(Config::from_json(schedule.serialize().json()));
  CHECK(read.serialize() == ConfigValue(schedule.serialize()));
  CHECK(S::from_config(schedule.get_config()).get_config() == schedule.get_config());
  for (const auto& step_and_rate : wanted) {
    const Index step = step_and_rate.first;
    CAPTURE(step);
    CHECK(schedule(step) == doctest::Approx(step_and_rate.second).epsilon(1e-12));
    CHECK(read.at(step) == schedule(step));
  }
}

double cosine(double f) { return 0.5 * (1 + std::cos(std::numbers::pi * f)); }

}  // namespace

// Proves: 4.3 ExponentialDecay; LRDecayTestV2.testContinuous; LRDecayTestV2.testStaircase
TEST_CASE("4.3 exponential decay, continuous and in stairs") {
  check_rates(
      ExponentialDecay({.initial_learning_rate = 0.05, .decay_steps = 10, .decay_rate = 0.96}),
      {{0, 0.05}, {5, 0.05 * std::pow(0.96, 0.5)}, {20, 0.05 * 0.96 * 0.96}});
  check_rates(
      ExponentialDecay(
          {.initial_learning_rate = 0.1, .decay_steps = 3, .decay_rate = 0.96, .staircase = true}),
      {{0, 0.1}, {2, 0.1}, {3, 0.096}, {5, 0.096}, {100, 0.1 * std::pow(0.96, 33)}});
}

// Proves: 4.3 InverseTimeDecay; InverseDecayTestV2.testDecay; InverseDecayTestV2.testStaircase
TEST_CASE("4.3 inverse time decay, continuous and in stairs") {
  check_rates(
      InverseTimeDecay({.initial_learning_rate = 0.1, .decay_steps = 10, .decay_rate = 0.96}),
      {{0, 0.1}, {5, 0.1 / (1 + 0.96 * 0.5)}, {20, 0.1 / (1 + 0.96 * 2)}});
  check_rates(
      InverseTimeDecay(
          {.initial_learning_rate = 0.1, .decay_steps = 10, .decay_rate = 0.96, .staircase = true}),
      {{0, 0.1}, {9, 0.1}, {10, 0.1 / 1.96}, {29, 0.1 / (1 + 0.96 * 2)}});
}

// Proves: 4.3 PiecewiseConstantDecay; LRDecayTestV2.testPiecewiseConstant;
//   LRDecayTestV2.testPiecewiseConstantEdgeCases
TEST_CASE("4.3 piecewise constant: a boundary belongs to the piece that ends there") {
  check_rates(
      PiecewiseConstantDecay({.boundaries = {100, 110, 120}, .values = {1, 0.1, 0.01, 0.001}}),
      {{0, 1},
       {100, 1},
       {101, 0.1},
       {110, 0.1},
       {111, 0.01},
       {120, 0.01},
       {121, 0.001},
       {999, 0.001}});
  check_rates(PiecewiseConstantDecay({.values = {0.5}}), {{0, 0.5}, {7, 0.5}});
  CHECK_THROWS_WITH_AS(
      PiecewiseConstantDecay({.boundaries = {1, 2}, .values = {1, 2}}),
      "PiecewiseConstantDecay: there must be one value more than boundaries; got 2 and 2",
      ValueError);
  CHECK_THROWS_WITH_AS(PiecewiseConstantDecay({.boundaries = {2, 2}, .values = {1, 2, 3}}),
                       "PiecewiseConstantDecay: boundaries must rise; got 2, 2", ValueError);
}

// Proves: 4.3 PolynomialDecay; LinearDecayTestV2; SqrtDecayTestV2; PolynomialDecayTestV2
TEST_CASE("4.3 polynomial decay: half way, at the end, beyond it, and around again") {
  const auto rates = [](double end, double power, bool cycle, const Pairs& wanted) {
    check_rates(PolynomialDecay({.initial_learning_rate = 0.05,
                                 .decay_steps = 10,
                                 .end_learning_rate = end,
                                 .power = power,
                                 .cycle = cycle}),
                wanted);
  };
  rates(0, 1, false, {{0, 0.05}, {5, 0.025}, {10, 0}, {15, 0}});
  rates(0.001, 1, false, {{5, 0.0255}, {10, 0.001}, {15, 0.001}});
  rates(0.001, 1, true,
        {{0, 0.05},
         {5, 0.0255},
         {10, 0.001},
         {15, 0.25 * 0.049 + 0.001},
         {20, 0.001},
         {21, 0.049 * (1 - 0.7) + 0.001}});
  rates(0.001, 0.5, false, {{5, 0.049 * std::sqrt(0.5) + 0.001}, {10, 0.001}, {15, 0.001}});
  rates(0.001, 0.5, true, {{15, 0.049 * std::sqrt(0.25) + 0.001}});
  rates(0, 2, false, {{5, 0.05 * 0.25}});
}

// Proves: 4.3 CosineDecay; CosineDecayTestV2.testDecay; CosineDecayTestV2.testAlpha
TEST_CASE("4.3 cosine decay, to 0 and to alpha") {
  for (double alpha : {0.0, 0.1}) {
    Pairs wanted;
    for (Index step = 0; step <= 1000; step += 250)
      wanted.emplace_back(
          step, (1 - alpha) * cosine(std::min(1.0, static_cast<double>(step) / 1000)) + alpha);
    wanted.emplace_back(2000, alpha);
    check_rates(CosineDecay({.initial_learning_rate = 1, .decay_steps = 1000, .alpha = alpha}),
                wanted);
  }
}

// Proves: 4.3 CosineDecayRestarts; CosineDecayRestartsTestV2
TEST_CASE("4.3 cosine decay with restarts: longer, lower and not to 0") {
  const auto at = [](double t_mul, double m_mul, double alpha, const Pairs& wanted) {
    check_rates(CosineDecayRestarts({.initial_learning_rate = 1,
                                     .first_decay_steps = 1000,
                                     .t_mul = t_mul,
                                     .m_mul = m_mul,
                                     .alpha = alpha}),
                wanted);
  };
  at(1, 1, 0, {{0, 1}, {250, cosine(0.25)}, {1000, 1}, {1999, cosine(0.999)}, {2000, 1}});
  at(2, 1, 0, {{500, 0.5}, {1000, 1}, {2000, 0.5}, {3000, 1}, {5000, 0.5}, {7000, 1}});
  at(1, 0.9, 0, {{500, 0.5}, {1000, 0.9}, {1500, 0.45}, {2000, 0.81}});
  at(2, 0.5, 0.1, {{0, 1}, {1000, 0.9 * 0.5 + 0.1}, {2000, 0.9 * 0.25 + 0.1}});
}

// Proves: 0 schedules
TEST_CASE("4.3 no restart and no boundary comes a step early or late") {
  for (double first : {1.0, 3.0, 7.0, 10.0, 49.0}) {
    for (double t_mul : {1.0, 1.5, 2.0, 3.0}) {
      const CosineDecayRestarts schedule(
          {.initial_learning_rate = 1, .first_decay_steps = 2 * first, .t_mul = t_mul});
      double begin = 0, length = 2 * first;
      for (int period = 0; period < 7; ++period, length *= t_mul) {
        if (begin == std::trunc(begin)) {
          CHECK(schedule(static_cast<Index>(begin)) == 1);
          if (begin > 0) CHECK(schedule(static_cast<Index>(begin) - 1) < 0.6);
        }
        begin += length;
      }
    }
    const PolynomialDecay cycle(
        {.initial_learning_rate = 1, .decay_steps = first, .end_learning_rate = 0, .cycle = true});
    for (Index i = 1; i < 400; ++i) CHECK(cycle(i * static_cast<Index>(first)) == 0);
  }
  const PolynomialDecay tenth(
      {.initial_learning_rate = 1, .decay_steps = 0.1, .end_learning_rate = 0, .cycle = true});
  for (Index step = 0; step < 100; ++step) CHECK(tenth(step) >= 0);
}

// Proves: 4.3 LinearCosineDecay
TEST_CASE("4.3 linear cosine decay") {
  check_rates(LinearCosineDecay({.initial_learning_rate = 1, .decay_steps = 1000}),
              {{0, 1.001},
               {250, 0.75 * cosine(0.25) + 0.001},
               {500, 0.25 + 0.001},
               {1000, 0.001},
               {2000, 0.001}});
  check_rates(LinearCosineDecay({.initial_learning_rate = 2,
                                 .decay_steps = 1000,
                                 .num_periods = 5,
                                 .alpha = 0.1,
                                 .beta = 1e-4}),
              {{125, 2 * ((0.1 + 0.875) * cosine(1.25) + 1e-4)}, {1000, 2 * (0.1 + 1e-4)}});
}

// Proves: 4.3 NoisyLinearCosineDecay
TEST_CASE("4.3 the noise of a noisy decay is a normal number of seed and step, and dies out") {
  const NoisyLinearCosineDecayOptions options{.initial_learning_rate = 1,
                                              .decay_steps = 1e9,
                                              .initial_variance = 0.01,
                                              .variance_decay = 0.0,
                                              .seed = 3};
  const NoisyLinearCosineDecay schedule(options);
  check_rates(schedule, {});
  double mean = 0, squares = 0;
  for (Index step = 0; step < 10000; ++step) {
    const double noise = schedule(step) - 1.001;
    CHECK(schedule(step) - 1.001 == noise);
    mean += noise / 10000, squares += noise * noise / 10000;
  }
  CHECK(std::abs(mean) < 0.004);
  CHECK(std::sqrt(squares) == doctest::Approx(0.1).epsilon(0.03));

  NoisyLinearCosineDecayOptions other = options, dying = options, wild = options;
  other.seed = 4;
  CHECK(NoisyLinearCosineDecay(other)(5) != schedule(5));
  dying.variance_decay = 2;
  CHECK(NoisyLinearCosineDecay(dying)(999) - 1.001 ==
        doctest::Approx((schedule(999) - 1.001) / 1000).epsilon(1e-2));
  wild.initial_variance = 100;
  for (Index step = 0; step < 100; ++step) CHECK(NoisyLinearCosineDecay(wild)(step) >= 0);
}

// Proves: 4.3 WarmUp, OneCycle
TEST_CASE("4.3 a warm-up is a line to the first rate of what follows, which begins after it") {
  check_rates(WarmUp({.warmup_steps = 4, .then = 0.8}),
              {{0, 0}, {1, 0.2}, {3, 0.6}, {4, 0.8}, {100, 0.8}});
  check_rates(WarmUp({.warmup_steps = 2,
                      .then = ExponentialDecay(
                          {.initial_learning_rate = 0.5, .decay_steps = 1, .decay_rate = 0.5}),
                      .warmup_learning_rate = 0.1}),
              {{0, 0.1}, {1, 0.3}, {2, 0.5}, {3, 0.25}, {5, 0.0625}});
  const WarmUp of_a_function({.warmup_steps = 2, .then = [](Index step) { return step + 1.0; }});
  CHECK(of_a_function(4) == 3);
  CHECK_THROWS_WITH_AS(of_a_function.get_config(),
                       "a learning rate must be a number or a schedule in a config; got a function",
                       ValueError);
}

// Proves: 4.3 WarmUp, OneCycle
TEST_CASE("4.3 one cycle rises to its top, falls below its beginning and stays there") {
  check_rates(
      OneCycle({.max_learning_rate = 1, .total_steps = 11, .pct_start = 6.0 / 11, .linear = true}),
      {{0, 0.04}, {5, 1}, {10, 4e-6}, {50, 4e-6}});
  check_rates(OneCycle({.max_learning_rate = 1, .total_steps = 1}), {{0, 4e-6}, {1, 4e-6}});
  check_rates(OneCycle({.max_learning_rate = 1, .total_steps = 10, .pct_start = 1}),
              {{9, 1}, {10, 1}});
}

// Proves: 4.3 arguments
TEST_CASE("4.3 what is not given, or has no meaning, is refused") {
  CHECK_THROWS_WITH_AS(Constant({}), "Constant: learning_rate must be given", ValueError);
  CHECK_THROWS_WITH_AS(ExponentialDecay({.decay_steps = 1, .decay_rate = 1}),
                       "ExponentialDecay: initial_learning_rate must be given", ValueError);
  CHECK_THROWS_WITH_AS(InverseTimeDecay({.initial_learning_rate = 1, .decay_steps = 0}),
                       "InverseTimeDecay: decay_steps must be a number > 0; got 0", ValueError);
  CHECK_THROWS_WITH_AS(CosineDecay({.initial_learning_rate = -1, .decay_steps = 1}),
                       "CosineDecay: initial_learning_rate must be a number >= 0; got -1",
                       ValueError);
  CHECK_THROWS_WITH_AS(
      CosineDecayRestarts({.initial_learning_rate = 1, .first_decay_steps = 1, .t_mul = 0.5}),
      "CosineDecayRestarts: t_mul must be a number >= 1; got 0.5", ValueError);
  CHECK_THROWS_WITH_AS(WarmUp({.warmup_steps = 1.5, .then = 1}),
                       "WarmUp: warmup_steps must be a whole number; got 1.5", ValueError);
  CHECK_THROWS_WITH_AS(WarmUp({.warmup_steps = 2}), "WarmUp: then must be given", ValueError);
  CHECK_THROWS_WITH_AS(OneCycle({.max_learning_rate = 1, .total_steps = 10, .pct_start = 2}),
                       "OneCycle: pct_start must be in [0, 1]; got 2", ValueError);
}

// Proves: 4.3 configs
TEST_CASE("4.3 a schedule stands in an optimizer's config, and the reference's is read") {
  const SGD sgd({.learning_rate = WarmUp(
                     {.warmup_steps = 10,
                      .then = CosineDecay({.initial_learning_rate = 0.5, .decay_steps = 100})})});
  const Config config = Config::from_json(sgd.get_config().json());
  const SGD read = SGD::from_config(config);
  CHECK(read.get_config() == sgd.get_config());
  CHECK(read.learning_rate() == 0);

  const SGD keras = SGD::from_config(Config::from_json(R"({"name": "SGD", "learning_rate": {
      "class_name": "PolynomialDecay", "config": {"initial_learning_rate": 0.5, "decay_steps": 10,
      "end_learning_rate": 0.1, "power": 1.0, "cycle": false, "name": null}}, "decay": 0.0})"));
  CHECK(keras.learning_rate() == 0.5);

  CHECK_THROWS_WITH_AS(
      deserialize({{"class_name", "Exponential"}}),
      "Unknown schedule: 'Exponential'; known are Constant, ExponentialDecay, InverseTimeDecay, "
      "PolynomialDecay, PiecewiseConstantDecay, CosineDecay, CosineDecayRestarts, "
      "LinearCosineDecay, NoisyLinearCosineDecay, WarmUp, OneCycle",
      ValueError);
  CHECK_THROWS_WITH_AS(deserialize({{"class_name", "Constant"}, {"config", Config{{"rate", 1}}}}),
                       "Constant: a config must only have entries that are arguments; got 'rate'",
                       TypeError);
  CHECK_THROWS_WITH_AS(deserialize({{"class_name", "Constant"}, {"config", 1}}),
                       R"(schedule: config entry config must be an object; got {"config":1})",
                       TypeError);
}

// Proves: 4.1.3 rate
TEST_CASE("4.3 an optimizer asks its schedule for the rate of each step, and decay goes on top") {
  const Variable v(full({1}, 0.0, float64));
  SGD sgd({.learning_rate = PiecewiseConstantDecay({.boundaries = {0}, .values = {1, 0.5}}),
           .decay = 1});
  for (int t = 0; t < 2; ++t) sgd.apply_gradients({pair(v, 1)});
  CHECK(values(v) == Items{-1 - 0.5 / 2});
  sgd.set_learning_rate(Constant({.learning_rate = 3}));
  sgd.apply_gradients({pair(v, 1)});
  CHECK(values(v) == Items{-1 - 0.5 / 2 - 3.0 / 3});
}
