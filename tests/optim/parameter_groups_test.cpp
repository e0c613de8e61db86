#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/ops.h>
#include <reel/optim/optimizers.h>

#include "optimizer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

const auto is_v0 = name_contains("v0");

}  // namespace

TEST_CASE("a group has its own share of the rate, of a schedule and of decay, too") {
  const TwoVariables t;
  SGD sgd({.learning_rate = [](Index step) { return step == 0 ? 1.0 : 0.5; },
           .decay = 1,
           .groups = {{.where = is_v0, .learning_rate_factor = 0.125}}});
  for (int i = 0; i < 2; ++i) sgd.apply_gradients({pair(t.v0, 1), pair(t.v1, 1)});
  CHECK(values(t.v1) == Items{3 - 1.25, 4 - 1.25});
  CHECK(values(t.v0) == Items{1 - 1.25 / 8, 2 - 1.25 / 8});
}

TEST_CASE("a variable belongs to the first group that admits it") {
  const TwoVariables t;
  const auto admits = [](const char* name) {
    return [name](const Variable& v) { return v.name() == name; };
  };
  SGD sgd({.learning_rate = 1,
           .groups = {{.where = admits("v1"), .learning_rate_factor = 0},
                      {.where = [](const Variable&) { return true; }, .learning_rate_factor = 2}}});
  sgd.apply_gradients({pair(t.v0, 1), pair(t.v1, 1)});
  CHECK(values(t.v0) == Items{-1, 0});
  CHECK(values(t.v1) == Items{3, 4});
}

TEST_CASE("a group's weights decay by its own rate, before the update and in any optimizer") {
  struct Plain : Optimizer {
    explicit Plain(const OptimizerOptions& options) : Optimizer(options) {}
    void update(const Variable& variable, const Tensor& gradient, double rate) override {
      variable.assign(variable.value() - rate * gradient);
    }
  };
  const std::vector<ParameterGroup> groups{
      {.where = is_v0, .learning_rate_factor = 0.5, .weight_decay = 0.5}};
  const TwoVariables t, u;
  Plain own({.name = "plain", .learning_rate = 0.5, .groups = groups});
  SGD sgd({.learning_rate = 0.5, .groups = groups});
  own.apply_gradients({pair(t.v0, 1), pair(t.v1, 1)});
  sgd.apply_gradients({pair(u.v0, 1), pair(u.v1, 1)});
  CHECK(values(t.v0) == Items{1 * 0.875 - 0.25, 2 * 0.875 - 0.25});
  CHECK(values(t.v1) == Items{2.5, 3.5});
  CHECK(values(u.v0) == values(t.v0));
  CHECK(values(u.v1) == values(t.v1));
}

TEST_CASE("a group that clips is clipped by itself, all others together by the optimizer") {
  const auto after = [](const SGD::Options& options) {
    const TwoVariables t;
    const Variable w(full({2}, 0.0, float64), {.name = "w"});
    SGD sgd(options);
    sgd.apply_gradients({pair(t.v0, 3), pair(t.v1, 4), pair(w, 4)});
    Items all = values(t.v0);
    for (const Variable& v : {t.v1, w}) all.push_back(values(v)[0]);
    return all;
  };
  CHECK(after({.learning_rate = 1, .groups = {{.where = is_v0, .clipvalue = 0.5}}}) ==
        Items{0.5, 1.5, -1, -4});
  // v1 and w have the norm 8 together, without v0.
  CHECK(after({.learning_rate = 1,
               .global_clipnorm = 4,
               .groups = {{.where = is_v0, .clipvalue = 0.5}}}) == Items{0.5, 1.5, 1, -2});
  // v0 and v1 have the norm sqrt(50) together.
  const Items shared =
      after({.learning_rate = 1,
             .clipvalue = 1,
             .groups = {{.where = name_contains("v"), .global_clipnorm = std::sqrt(50.0) / 2}}});
  CHECK(shared[0] == doctest::Approx(1 - 1.5));
  CHECK(shared[2] == doctest::Approx(3 - 2));
  CHECK(shared[3] == -1);
  // A group without clipping is clipped as the others are.
  CHECK(after({.learning_rate = 1,
               .clipvalue = 1,
               .groups = {{.where = is_v0, .learning_rate_factor = 2}}}) == Items{-1, 0, 2, -1});
}

TEST_CASE("a group that has no variable in the first step is an error, and nothing has moved") {
  const TwoVariables t;
  SGD sgd({.learning_rate = 1,
           .momentum = 0.5,
           .groups = {{.where = is_v0}, {.where = name_contains("bias")}}});
  const char* const message =
      "SGD: group 1 must have a variable in the first step, which no group before it has; got v0, "
      "v1";
  for (int i = 0; i < 2; ++i)
    CHECK_THROWS_WITH_AS(sgd.apply_gradients({pair(t.v0, 1), pair(t.v1, 1)}), message, ValueError);
  CHECK(values(t.v0) == Items{1, 2});
  CHECK(sgd.variables().empty());
  const Variable bias(full({1}, 0.0, float64), {.name = "bias"});
  sgd.apply_gradients({pair(t.v0, 1), pair(bias, 1)});
  sgd.apply_gradients({pair(t.v1, 1)});  // later steps may be of others alone
  CHECK(values(t.v1) == Items{2, 3});
}

TEST_CASE("a predicate that throws, throws before anything moves") {
  bool throws = false;
  const TwoVariables t;
  Adam adam({.groups = {{.where = [&](const Variable& v) {
               if (throws && v.name() == "v1") throw ValueError("who?");
               return true;
             }}}});
  adam.apply_gradients({pair(t.v0, 1), pair(t.v1, 1)});
  const Items before = values(t.v0);
  throws = true;
  CHECK_THROWS_WITH_AS(adam.apply_gradients({pair(t.v0, 1), pair(t.v1, 1)}), "who?", ValueError);
  CHECK(values(t.v0) == before);
  CHECK(adam.iterations() == 1);
}

TEST_CASE("groups that make no sense are refused at construction") {
  const auto refuses = [](const ParameterGroup& group, const char* message) {
    CHECK_THROWS_WITH_AS(Adam({.groups = {{.where = is_v0}, group}}), message, ValueError);
  };
  refuses({}, "Adam: group 1: where must say which variables are meant; got nothing");
  refuses({.where = "v0"},
          "Adam: group 1: where: Unknown predicate: 'v0'; known are name_contains, name_lacks; a "
          "function can be given instead");
  refuses({.where = is_v0, .learning_rate_factor = -1},
          "Adam: group 1: learning_rate_factor must be >= 0; got -1");
  refuses({.where = is_v0, .weight_decay = NAN},
          "Adam: group 1: weight_decay must be >= 0; got nan");
  refuses({.where = is_v0, .clipnorm = 1, .global_clipnorm = 2},
          "Adam: group 1: clipnorm and global_clipnorm cannot both be given; got 1 and 2");
  CHECK_THROWS_WITH_AS(
      SGD({.gradient_transformers = {[](auto pairs) { return pairs; }},
           .groups = {{.where = is_v0, .clipnorm = 1}}}),
      "SGD: clipping and gradient_transformers cannot both be given; clip in a transformer",
      ValueError);
}

TEST_CASE("groups stand in a config as long as their predicates have names") {
  const Adam adam({.groups = {{.where = name_lacks("bias", "gamma"),
                               .learning_rate_factor = 0.5,
                               .weight_decay = 0.25,
                               .clipnorm = 1},
                              {.where = name_contains("bias")}}});
  const Config config = Config::from_json(adam.get_config().json());
  CHECK(ConfigValue(config["groups"]) ==
        ConfigValue(ConfigValue::List{
            Config{{"where",
                    Config{{"class_name", "name_lacks"},
                           {"config", Config{{"words", ConfigValue::List{"bias", "gamma"}}}}}},
                   {"learning_rate_factor", 0.5},
                   {"weight_decay", 0.25},
                   {"clipnorm", 1.0}},
            Config{{"where", Config{{"class_name", "name_contains"},
                                    {"config", Config{{"words", ConfigValue::List{"bias"}}}}}},
                   {"learning_rate_factor", 1.0}}}));
  CHECK(Adam::from_config(config).get_config() == config);
  CHECK_THROWS_WITH_AS(
      Adam({.groups = {{.where = [](const Variable&) { return true; }}}}).get_config(),
      "Adam: group 0: where must have a name to stand in a config; it is a function without one; "
      "name it or use a factory",
      ValueError);
  CHECK_THROWS_WITH_AS(Adam::from_config({{"groups", 3}}),
                       R"(Adam: config entry groups must be a list of groups; got {"groups":3})",
                       TypeError);
  CHECK_THROWS_WITH_AS(Adam::from_config({{"groups", ConfigValue::List{Config{{"rate", 1}}}}}),
                       "group 0: a config must only have entries that are arguments; got 'rate'",
                       TypeError);
}
