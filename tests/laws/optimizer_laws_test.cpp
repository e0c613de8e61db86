// What holds for every optimizer of the library: each runs over the table of optimizer_table.h.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include <reel/core/ops.h>
#include <reel/optim/optimizers.h>

#include "optimizer_helpers.h"
#include "optimizer_table.h"
#include "with_threads.h"

using namespace reel;
using namespace reel::test;

namespace {

Tensor gradient_of(Index n, DType dtype, std::uint64_t step) {
  return randn({n}, dtype, RandomKey{7, 1, step});
}

// The variable after some steps, and the values of its slots.
struct Trained {
  Variable v;
  std::unique_ptr<Optimizer> optimizer;

  Trained(const OptimizerCase& row, Index n, DType dtype)
      : v(randn({n}, dtype, RandomKey{7, 0, 0}), {.name = "v"}), optimizer(row.make()) {}

  void step(std::uint64_t t) {
    optimizer->apply_gradients({{v, gradient_of(v.size(), v.dtype(), t)}});
  }
  std::vector<std::vector<double>> state() const {
    std::vector<std::vector<double>> values{v.stored().to_vector()};
    for (const Tensor& value : optimizer->get_weights()) values.push_back(value.to_vector());
    return values;
  }
};

// The largest difference, relative to numbers above 1; infinite where one is no number.
double worst_of(const std::vector<double>& got, const std::vector<double>& want) {
  double worst = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    const double difference = std::abs(got[i] - want[i]) / (1 + std::abs(want[i]));
    worst = std::isnan(difference) ? INFINITY : std::max(worst, difference);
  }
  return worst;
}

// Steps at two rates beside the formula, for each weight alone.
void check_formula(const OptimizerCase& row, Index n, DType dtype, double tolerance) {
  Trained trained(row, n, dtype);
  std::vector<NaiveWeight> naive;
  for (double w : trained.v.value().to_vector()) naive.push_back({w, row.first, 0, 0, 0});
  for (std::uint64_t t = 1; t <= 6; ++t) {
    const double rate = t < 4 ? 0.1 : 0.05;
    trained.optimizer->set_learning_rate(rate);
    trained.step(t);
    const std::vector<double> g = gradient_of(n, dtype, t).to_vector();
    for (std::size_t i = 0; i < naive.size(); ++i) {
      naive[i].g = g[i], naive[i].rate = rate, naive[i].t = static_cast<double>(t);
      row.step(naive[i]);
    }
  }
  std::vector<double> want;
  for (const NaiveWeight& k : naive) want.push_back(k.w);
  CHECK(worst_of(values(trained.v), want) <= tolerance);
  for (std::size_t slot = 0; slot < row.slots.size(); ++slot) {
    for (std::size_t i = 0; i < naive.size(); ++i) want[i] = naive[i].s[slot];
    const Variable kept = trained.optimizer->get_slot(trained.v, row.slots[slot]);
    CHECK(kept.dtype() == dtype);
    CHECK(worst_of(values(kept), want) <= tolerance);
  }
}

}  // namespace

// Proves: 4.2 rules; 4.4 formulas
TEST_CASE("every optimizer follows its formula, in both dtypes and at odd sizes") {
  for (const OptimizerCase& row : optimizer_table())
    for (Index n : {0, 1, 7, 8193, 20011}) {
      CAPTURE(row.name);
      CAPTURE(n);
      check_formula(row, n, float64, 1e-12);
      check_formula(row, n, float32, row.name.find("entered") == std::string::npos ? 2e-5 : 2e-3);
    }
}

TEST_CASE("every optimizer gives the same bits for any number of threads") {
  for (const OptimizerCase& row : optimizer_table())
    for (DType dtype : {float32, float64}) {
      const auto trained_with = [&](int threads) {
        const WithThreads several(threads);
        Trained trained(row, 50001, dtype);
        for (std::uint64_t t = 0; t < 3; ++t) trained.step(t);
        return trained.state();
      };
      CAPTURE(row.name);
      const auto one = trained_with(1);
      CHECK(trained_with(2) == one);
      CHECK(trained_with(4) == one);
    }
}

TEST_CASE("every optimizer writes in place, and beside what somebody else holds, the same bits") {
  for (const OptimizerCase& row : optimizer_table()) {
    CAPTURE(row.name);
    Trained alone(row, 20011, float32), held(row, 20011, float32);
    alone.step(0), held.step(0);
    const float* const weights = alone.v.stored().data<float>();
    const Tensor value = held.v.value();
    const std::vector<double> before = value.to_vector();
    const std::vector<Tensor> state = held.optimizer->get_weights();
    alone.step(1), held.step(1);
    CHECK(alone.v.stored().data<float>() == weights);
    CHECK(held.v.stored().data<float>() != value.data<float>());
    CHECK(value.to_vector() == before);
    CHECK(held.state() == alone.state());
    CHECK(state[0].item() == 1);
  }
}

// Proves: 4.1 weights, slots, their names
TEST_CASE("every optimizer has its slots in the reference's order, kind by kind") {
  for (const OptimizerCase& row : optimizer_table()) {
    CAPTURE(row.name);
    const TwoVariables t;
    const auto optimizer = row.make();
    optimizer->apply_gradients({pair(t.v0, 1), pair(t.v1, 1)});
    CHECK(optimizer->get_slot_names() == row.slots);
    std::vector<std::string> want{optimizer->name() + "/iter"};
    if (optimizer->name() == "Nadam") want.push_back("Nadam/momentum_cache");
    const bool by_variable = optimizer->name() == "Ftrl" || optimizer->name() == "RMSProp";
    const auto add = [&](const std::string& variable, const std::string& slot) {
      want.push_back(optimizer->name() + "/" + variable + "/" + slot);
    };
    if (by_variable)
      for (const char* variable : {"v0", "v1"})
        for (const std::string& slot : row.slots) add(variable, slot);
    else
      for (const std::string& slot : row.slots)
        for (const char* variable : {"v0", "v1"}) add(variable, slot);
    std::vector<std::string> names;
    for (const Variable& variable : optimizer->variables()) {
      names.push_back(variable.name());
      CHECK_FALSE(variable.trainable());
    }
    CHECK(names == want);
    CHECK(optimizer->slots().size() == 2 * row.slots.size());
  }
}

// Proves: 4.1 get_weights, set_weights
TEST_CASE("every optimizer goes on where another stopped, before or after its first step") {
  for (const OptimizerCase& row : optimizer_table())
    for (bool has_stepped : {false, true}) {
      CAPTURE(row.name);
      Trained from(row, 33, float64), to(row, 33, float64);
      for (std::uint64_t t = 0; t < 3; ++t) from.step(t);
      if (has_stepped) to.step(9);
      to.v.assign(from.v.value());
      to.optimizer->set_weights(from.optimizer->get_weights());
      from.step(5), to.step(5);
      CHECK(to.state() == from.state());
      CHECK(to.optimizer->iterations() == 4);
    }
}

// Proves: 4.1 get_config, from_config
TEST_CASE("every optimizer made from a config, also through JSON, takes the same steps") {
  for (const OptimizerCase& row : optimizer_table()) {
    if (!row.has_from_config) continue;
    CAPTURE(row.name);
    Trained one(row, 33, float64), other(row, 33, float64);
    const Config config = optimizers::serialize(*one.optimizer);
    other.optimizer = optimizers::deserialize(Config::from_json(config.json()));
    CHECK(optimizers::serialize(*other.optimizer) == config);
    for (std::uint64_t t = 0; t < 3; ++t) one.step(t), other.step(t);
    CHECK(other.state() == one.state());
  }
}

// Proves: 4.1.5 update and constraint; _test_optimizer
TEST_CASE("every optimizer projects right after the update, in the one step") {
  for (const OptimizerCase& row : optimizer_table()) {
    CAPTURE(row.name);
    const auto optimizer = row.make();
    const Variable w(full({3}, 1.0, float64),
                     {.constraint = [](const Variable& v) { return ones_like(v); }});
    const Variable b(zeros({2}, float64),
                     {.constraint = [](const Variable& v) { return full({2}, 2.0, v.dtype()); }});
    optimizer->apply_gradients({pair(w, 1), pair(b, 1)});
    CHECK(values(w) == Items{1, 1, 1});
    CHECK(values(b) == Items{2, 2});
  }
}

TEST_CASE("every optimizer keeps finite what is finite: constant, huge and tiny gradients") {
  for (const OptimizerCase& row : optimizer_table())
    for (double g : {1.0, -3.7, 2e19, -3e38, 1e-30, 0.0}) {
      CAPTURE(row.name);
      CAPTURE(g);
      const Variable v(full({9}, 0.5), {.name = "v"});
      const auto optimizer = row.make();
      optimizer->set_learning_rate(1e-3);
      for (int t = 0; t < 100; ++t) optimizer->apply_gradients({pair(v, g)});
      for (const Variable& slot : optimizer->slots()) {
        const bool adds_gradients = std::abs(g) > 1e19 && (slot.name().ends_with("linear") ||
                                                           optimizer->name() == "Momentum");
        for (double value : values(slot)) {
          CHECK((adds_gradients || std::isfinite(value)));
          const bool is_square = slot.name().ends_with("/v") || slot.name().ends_with("/rms") ||
                                 slot.name().find("/accum") != std::string::npos;
          if (is_square) CHECK(value >= 0);
        }
      }
    }
}

TEST_CASE("every optimizer lets what is no number show in the weights") {
  for (const OptimizerCase& row : optimizer_table()) {
    CAPTURE(row.name);
    Trained trained(row, 5, float32);
    trained.optimizer->apply_gradients({pair(trained.v, std::nan(""))});
    for (double w : values(trained.v)) CHECK(std::isnan(w));
  }
}

TEST_CASE("every optimizer multiplies the weights of a group that decays before their update") {
  const auto with_group = [](const OptimizerCase& row) {
    Config config = optimizers::serialize(*row.make());
    Config entries = *config["config"].get<Config>();
    entries.set("groups",
                ConfigValue::List{
                    Config{{"where", Config{{"class_name", "name_contains"},
                                            {"config", Config{{"words", ConfigValue::List{"v"}}}}}},
                           {"weight_decay", 0.25}}});
    config.set("config", entries);
    return optimizers::deserialize(config);
  };
  for (const OptimizerCase& row : optimizer_table()) {
    if (!row.has_from_config || row.weight_decay > 0) continue;
    CAPTURE(row.name);
    Trained plain(row, 20011, float64), decaying(row, 20011, float64);
    decaying.optimizer = with_group(row);
    plain.step(0), decaying.step(0);
    plain.v.assign(plain.v.value() * (1 - plain.optimizer->learning_rate() * 0.25));
    decaying.v.assign(plain.v.value() / (1 - plain.optimizer->learning_rate() * 0.25));
    decaying.optimizer->set_weights(plain.optimizer->get_weights());
    plain.step(1), decaying.step(1);
    CHECK(worst_of(values(decaying.v), values(plain.v)) < 1e-12);
  }
}
