// Contract 4.2: what the optimizers other than SGD are made with, and what they refuse.
#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/ops.h>
#include <reel/optim/optimizers.h>
#include <reel/optim/schedules/schedules.h>

#include "optimizer_helpers.h"

using namespace reel;
using namespace reel::test;

// Proves: 4.2 defaults
TEST_CASE("4.2 what is left out has the reference's default") {
  const auto config_of = [](const char* name) {
    return optimizers::get(name)->get_config().json();
  };
  CHECK(config_of("adam") ==
        R"({"name":"Adam","learning_rate":0.001,"decay":0.0,"beta_1":0.9,"beta_2":0.999,)"
        R"("epsilon":1e-07,"amsgrad":false})");
  CHECK(config_of("adamw") ==
        R"({"name":"AdamW","learning_rate":0.001,"decay":0.0,"weight_decay":0.004,"beta_1":0.9,)"
        R"("beta_2":0.999,"epsilon":1e-07,"amsgrad":false,"decayed":null})");
  CHECK(config_of("rmsprop") ==
        R"({"name":"RMSprop","learning_rate":0.001,"decay":0.0,"rho":0.9,"momentum":0.0,)"
        R"("epsilon":1e-07,"centered":false})");
  CHECK(config_of("adagrad") ==
        R"({"name":"Adagrad","learning_rate":0.001,"decay":0.0,"initial_accumulator_value":0.1,)"
        R"("epsilon":1e-07})");
  CHECK(config_of("adadelta") ==
        R"({"name":"Adadelta","learning_rate":0.001,"decay":0.0,"rho":0.95,"epsilon":1e-07})");
  CHECK(config_of("adamax") ==
        R"({"name":"Adamax","learning_rate":0.001,"decay":0.0,"beta_1":0.9,"beta_2":0.999,)"
        R"("epsilon":1e-07})");
  CHECK(config_of("nadam") ==
        R"({"name":"Nadam","learning_rate":0.001,"decay":0.004,"beta_1":0.9,"beta_2":0.999,)"
        R"("epsilon":1e-07})");
  CHECK(config_of("ftrl") ==
        R"({"name":"Ftrl","learning_rate":0.001,"decay":0.0,"learning_rate_power":-0.5,)"
        R"("initial_accumulator_value":0.1,"l1_regularization_strength":0.0,)"
        R"("l2_regularization_strength":0.0,"l2_shrinkage_regularization_strength":0.0,)"
        R"("beta":0.0})");
}

// Proves: 4.2 validation
TEST_CASE("4.2 numbers that have no meaning are refused at construction and later") {
  const auto refuses = [](auto make, const char* message) {
    CHECK_THROWS_WITH_AS(make(), message, ValueError);
  };
  refuses([] { Adam({.beta_1 = 1}); }, "Adam: beta_1 must be in [0, 1); got 1");
  refuses([] { AdamW({.beta_2 = -0.1}); }, "AdamW: beta_2 must be in [0, 1); got -0.1");
  refuses([] { Adamax({.epsilon = -1}); }, "Adamax: epsilon must be >= 0; got -1");
  refuses([] { Nadam({.beta_2 = NAN}); }, "Nadam: beta_2 must be in [0, 1); got nan");
  refuses([] { Nadam({.schedule_decay = -1}); }, "Nadam: schedule_decay must be >= 0; got -1");
  refuses([] { AdamW({.weight_decay = -1}); }, "AdamW: weight_decay must be >= 0; got -1");
  refuses([] { AdamW().set_weight_decay(NAN); }, "AdamW: weight_decay must be >= 0; got nan");
  refuses([] { AdamW({.decayed = "kernels"}); },
          "AdamW: decayed: Unknown predicate: 'kernels'; known are name_contains, name_lacks; a "
          "function can be given instead");
  refuses([] { RMSprop({.rho = 1.5}); }, "RMSprop: rho must be in [0, 1]; got 1.5");
  refuses([] { RMSprop({.momentum = 2}); }, "RMSprop: momentum must be in [0, 1]; got 2");
  refuses([] { RMSprop({.epsilon = -1}); }, "RMSprop: epsilon must be >= 0; got -1");
  refuses([] { Adagrad({.initial_accumulator_value = -1}); },
          "Adagrad: initial_accumulator_value must be >= 0; got -1");
  refuses([] { Adadelta({.rho = -1}); }, "Adadelta: rho must be in [0, 1]; got -1");
  refuses([] { Ftrl({.learning_rate_power = 0.5}); },
          "Ftrl: learning_rate_power must be <= 0; got 0.5");
  refuses([] { Ftrl({.initial_accumulator_value = -1}); },
          "Ftrl: initial_accumulator_value must be >= 0; got -1");
  refuses([] { Ftrl({.l1_regularization_strength = -1}); },
          "Ftrl: l1_regularization_strength must be >= 0; got -1");
  refuses([] { Ftrl({.beta = -1}); }, "Ftrl: beta must be >= 0; got -1");
  refuses([] { Adam({.learning_rate = -1}); }, "Adam: learning_rate must be >= 0; got -1");
  refuses([] { Adam({.clipnorm = 1, .global_clipnorm = 2}); },
          "Adam: clipnorm and global_clipnorm cannot both be given; got 1 and 2");

  Adam adam;
  CHECK_THROWS_WITH_AS(adam.set_beta_1(2), "Adam: beta_1 must be in [0, 1); got 2", ValueError);
  CHECK(adam.beta_1() == 0.9);
  RMSprop rmsprop;
  CHECK_THROWS_WITH_AS(rmsprop.set_momentum(0.5),
                       "RMSprop: momentum can be changed only if it was not 0 at construction",
                       RuntimeError);
  CHECK(rmsprop.momentum() == 0);
}

// Proves: 4.2 validation
TEST_CASE("4.2 an epsilon of 0, or of none in a config, is 1e-7") {
  CHECK(Adam({.epsilon = 0}).epsilon() == 1e-7);
  CHECK(RMSprop({.epsilon = 0}).epsilon() == 1e-7);
  CHECK(Adagrad({.epsilon = 0}).epsilon() == 1e-7);
  CHECK(Adadelta::from_config({{"epsilon", nullptr}}).epsilon() == 1e-7);
}

// Proves: 4.2 Nadam
TEST_CASE("4.2 Nadam's rate is a number") {
  const schedules::Constant constant({.learning_rate = 0.1});
  const char* const message =
      "Nadam: learning_rate must be a number; got a schedule or another function";
  CHECK_THROWS_WITH_AS(Nadam({.learning_rate = constant}), message, ValueError);
  Nadam nadam;
  CHECK_THROWS_WITH_AS(nadam.set_learning_rate([](Index) { return 0.1; }), message, ValueError);
  CHECK(nadam.learning_rate() == 0.001);
}

// Proves: 4.2 Nadam
TEST_CASE("4.2 a step of Nadam that fails gives its momentum_cache back") {
  bool fails = false;
  const Variable v(full({1}, 1.0, float64), {.constraint = [&](const Variable& w) {
                     if (fails) throw ValueError("no");
                     return w.value();
                   }});
  Nadam nadam;
  nadam.apply_gradients({pair(v, 1)});
  const double cache = nadam.get_weights()[1].item();
  CHECK(cache == doctest::Approx(0.9 * (1 - 0.5 * std::pow(0.96, 0.004))).epsilon(1e-15));
  fails = true;
  CHECK_THROWS_AS(nadam.apply_gradients({pair(v, 1)}), ValueError);
  CHECK(nadam.get_weights()[1].item() == cache);
}

// Proves: 4.2 Ftrl
TEST_CASE("4.2 Ftrl makes weights 0 whose gradients l1 outweighs, and stands still at rate 0") {
  const Variable v(Tensor({1.0, 1.0}, float64));
  Ftrl ftrl({.learning_rate = 0, .l1_regularization_strength = 0.5});
  ftrl.apply_gradients({{v, Tensor({0.2, -3.0}, float64)}});
  CHECK(values(v) == Items{1, 1});
  CHECK(values(ftrl.get_slot(v, "linear")) == Items{0, 0});
  ftrl.set_learning_rate(1);
  ftrl.apply_gradients({{v, Tensor({0.2, -3.0}, float64)}});
  CHECK(values(v)[0] == 0);
  const double n = std::sqrt(9.1), z = -3 - (n - std::sqrt(0.1));
  CHECK(values(v)[1] == doctest::Approx((-0.5 - z) / n).epsilon(1e-14));
}

// Proves: 4.2 AdamW
TEST_CASE("4.2 AdamW decays the variables that its predicate admits") {
  const auto after_a_step = [](const AdamWOptions& options) {
    const Variable kernel(full({1}, 2.0, float64), {.name = "dense/kernel"});
    const Variable bias(full({1}, 2.0, float64), {.name = "dense/bias"});
    AdamW adamw(options);
    adamw.apply_gradients({pair(kernel, 0), pair(bias, 0)});  // so that decay is all there is
    return Items{values(kernel)[0], values(bias)[0]};
  };
  const double decayed = 2.0 * (1 - 0.5 * 0.1);
  CHECK(after_a_step({.learning_rate = 0.5, .weight_decay = 0.1}) == Items{decayed, decayed});
  CHECK(after_a_step(
            {.learning_rate = 0.5, .weight_decay = 0.1, .decayed = name_contains("kernel")}) ==
        Items{decayed, 2});
  CHECK(after_a_step({.learning_rate = 0.5, .weight_decay = 0.1, .decayed = [](const Variable& v) {
                        return v.name() == "dense/bias";
                      }}) == Items{2, decayed});
  CHECK(after_a_step({.learning_rate = 0.5,
                      .weight_decay = 0.1,
                      .groups = {{.where = name_contains("bias"), .weight_decay = 0.0}}}) ==
        Items{decayed, 2});
}

// Proves: 4.1 hyper-parameters
TEST_CASE("4.2 hyper-parameters are read and assigned at any time, and stand in the config") {
  Adam adam;
  adam.set_beta_1(0.5);
  adam.set_beta_2(0.6);
  adam.set_epsilon(0.1);
  CHECK(adam.get_config()["beta_1"] == 0.5);
  CHECK(adam.get_config()["epsilon"] == 0.1);
  const Variable v(full({1}, 1.0, float64));
  adam.set_learning_rate(1);
  adam.apply_gradients({pair(v, 2)});
  const double rate = std::sqrt(0.4) / 0.5;
  CHECK(values(v)[0] == doctest::Approx(1 - rate * 1 / (std::sqrt(1.6) + 0.1)).epsilon(1e-14));
  AdamW adamw;
  adamw.set_weight_decay(0.5);
  CHECK(AdamW::from_config(adamw.get_config()).weight_decay() == 0.5);
}

// Proves: 4.2 validation
TEST_CASE("4.2 functions of one's own have no config, and its entries must be options") {
  CHECK_THROWS_WITH_AS(AdamW({.decayed = [](const Variable&) { return true; }}).get_config(),
                       "AdamW: decayed must have a name to stand in a config; it is a function "
                       "without one; name it or use a factory",
                       ValueError);
  CHECK_THROWS_WITH_AS(Adam::from_config({{"beta_3", 1}}),
                       "Adam: a config must only have entries that are arguments; got 'beta_3'",
                       TypeError);
  CHECK_THROWS_WITH_AS(Adam::from_config({{"learning_rate", "fast"}}),
                       "Adam: config entry learning_rate must be a number or a schedule; got "
                       R"({"learning_rate":"fast"})",
                       TypeError);
}
