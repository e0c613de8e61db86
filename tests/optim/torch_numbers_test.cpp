// Adam, AdamW and learning rates beside PyTorch's, in float64: torch_numbers.py wrote the numbers.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include <reel/core/ops.h>
#include <reel/optim/optimizers.h>
#include <reel/optim/schedules/schedules.h>

using namespace reel;

namespace {

std::vector<double> numbers(const char* name) {
  static const auto& all = *new const Config([] {
    std::ifstream file(REEL_SOURCE_ROOT "/tests/optim/torch_numbers.json");
    return Config::from_json(std::string(std::istreambuf_iterator<char>(file), {}));
  }());
  std::vector<double> values;
  for (const ConfigValue& item : *all[name].get<ConfigValue::List>()) {
    const double* const number = item.get<double>();
    values.push_back(number ? *number : static_cast<double>(*item.get<Index>()));
  }
  return values;
}

Tensor five(const char* name) { return Tensor(numbers(name), {5}); }

void check_training(const char* name, Optimizer& optimizer) {
  const Tensor a = five("a"), c = five("c"), q = five("q");
  const Variable w(five("start"), {.name = "w"});
  std::vector<double> got;
  for (int t = 1; t <= 100; ++t) {
    optimizer.minimize(
        [&] {
          const Tensor d = w - c;
          return sum(a / 2 * square(d) + q / 4 * square(square(d)));
        },
        {w});
    if (t > 3 && t % 10 != 0) continue;
    const std::vector<double> now = w.value().to_vector();
    got.insert(got.end(), now.begin(), now.end());
  }
  const std::vector<double> want = numbers(name);
  REQUIRE(got.size() == want.size());
  INFO(name);
  for (std::size_t i = 0; i < want.size(); ++i) CHECK(std::abs(got[i] - want[i]) < 1e-10);
}

void check_rates(const char* name, const LearningRate& rate) {
  const std::vector<double> want = numbers(name);
  REQUIRE(want.size() > 30);
  INFO(name);
  for (std::size_t step = 0; step < want.size(); ++step)
    CHECK(rate.at(static_cast<Index>(step)) == doctest::Approx(want[step]).epsilon(1e-12));
}

}  // namespace

TEST_CASE("a hundred steps of Adam are those of PyTorch, with its epsilon at the same place") {
  Adam usual({.learning_rate = 0.05});
  check_training("adam", usual);
  Adam large({.learning_rate = 0.05, .beta_1 = 0.8, .beta_2 = 0.99, .epsilon = 0.1});
  check_training("adam_large_epsilon", large);
  Adam amsgrad({.learning_rate = 0.05, .amsgrad = true});
  check_training("adam_amsgrad", amsgrad);
}

TEST_CASE("a hundred steps of AdamW are those of PyTorch, with its epsilon at the same place") {
  AdamW usual({.learning_rate = 0.05});
  check_training("adamw", usual);
  AdamW amsgrad({.learning_rate = 0.02,
                 .weight_decay = 0.3,
                 .beta_1 = 0.8,
                 .beta_2 = 0.99,
                 .epsilon = 1e-3,
                 .amsgrad = true});
  check_training("adamw_amsgrad", amsgrad);
}

TEST_CASE("one cycle and cosines with restarts have the rates of PyTorch") {
  using namespace schedules;
  check_rates("one_cycle", OneCycle({.max_learning_rate = 0.5, .total_steps = 50}));
  check_rates("one_cycle_linear", OneCycle({.max_learning_rate = 0.5,
                                            .total_steps = 41,
                                            .pct_start = 0.4,
                                            .div_factor = 10,
                                            .final_div_factor = 100,
                                            .linear = true}));
  check_rates("cosine_restarts",
              CosineDecayRestarts({.initial_learning_rate = 0.1, .first_decay_steps = 10}));
  check_rates(
      "cosine_restarts_even",
      CosineDecayRestarts({.initial_learning_rate = 0.1, .first_decay_steps = 7, .t_mul = 1}));
}
