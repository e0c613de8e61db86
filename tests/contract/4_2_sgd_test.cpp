// Contract 4.2: the formulas of SGD.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include <reel/core/ops/random.h>
#include <reel/optim/sgd.h>

#include "optimizer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

// Three steps of a naive loop beside the optimizer.
void check_against_loop(const SGDOptions& options, DType dtype, double tolerance) {
  const double m = options.momentum;
  const Variable v(randn({70000}, dtype, RandomKey{1, 0, 0}), {.name = "v"});
  std::vector<double> w = v.value().to_vector(), a(w.size(), 0.0);
  SGD sgd(options);
  for (std::uint64_t t = 0; t < 3; ++t) {
    const Tensor gradient = randn({70000}, dtype, RandomKey{1, 1, t});
    const std::vector<double> g = gradient.to_vector();
    const double rate = options.learning_rate.at(0);
    for (std::size_t i = 0; i < w.size(); ++i) {
      a[i] = m * a[i] - rate * g[i];
      w[i] += options.nesterov ? m * a[i] - rate * g[i] : a[i];
    }
    sgd.apply_gradients({{v, gradient}});
  }
  const std::vector<double> got = v.value().to_vector();
  double worst = 0;
  for (std::size_t i = 0; i < w.size(); ++i) worst = std::max(worst, std::abs(got[i] - w[i]));
  CHECK(worst <= tolerance);
}

}  // namespace

// Proves: 4.2 formulas
TEST_CASE("4.2 sgd follows its formula with and without momentum and nesterov, in both dtypes") {
  for (DType dtype : {float32, float64}) {
    const double tolerance = dtype == float32 ? 2e-6 : 1e-14;
    check_against_loop({.learning_rate = 0.1}, dtype, tolerance);
    check_against_loop({.learning_rate = 0.1, .momentum = 0.9}, dtype, tolerance);
    check_against_loop({.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}, dtype, tolerance);
    check_against_loop({.learning_rate = 0.1, .momentum = 0, .nesterov = true}, dtype, tolerance);
  }
}

// Proves: 4.2 velocity; 8.27
TEST_CASE("4.2 the velocity contains the rate") {
  const Variable v(full({2}, 1.0, float64), {.name = "dense/kernel"});
  SGD sgd({.learning_rate = 2, .momentum = 0.9});
  const std::vector<VariableGradient> gradients{{v, full({2}, 0.1, float64)}};
  sgd.apply_gradients(gradients);
  const Variable slot = sgd.get_slot(v, "momentum");
  CHECK(slot.value().at(0) == doctest::Approx(-0.2).epsilon(1e-14));
  sgd.apply_gradients(gradients);
  CHECK(slot.value().at(1) == doctest::Approx(-0.38).epsilon(1e-14));
  CHECK(v.value().at(1) == doctest::Approx(1 - 0.2 - 0.38).epsilon(1e-14));
}

// Proves: 4.1 weights, slots, their names
TEST_CASE("4.1 slots are named after optimizer and variable and exist only with momentum") {
  const Variable v(full({2}, 1.0), {.name = "dense/kernel"});
  SGD plain, with_momentum({.momentum = 0.9});
  plain.apply_gradients({{v, zeros({2})}});
  with_momentum.apply_gradients({{v, zeros({2})}});
  CHECK(plain.slots().empty());
  REQUIRE(with_momentum.slots().size() == 1);
  CHECK(with_momentum.slots()[0].name() == "SGD/dense/kernel/momentum");
  CHECK_FALSE(with_momentum.slots()[0].trainable());
  CHECK_THROWS_WITH_AS(plain.get_slot(v, "momentum"), "SGD: dense/kernel has no slot 'momentum'",
                       ValueError);
}

// Proves: 4.2 momentum
TEST_CASE("4.2 momentum is checked and cannot be switched on later") {
  CHECK_THROWS_WITH_AS(SGD({.momentum = 2}), "SGD: momentum must be in [0, 1]; got 2", ValueError);
  CHECK_THROWS_WITH_AS(SGD({.momentum = -0.1}), "SGD: momentum must be in [0, 1]; got -0.1",
                       ValueError);
  SGD plain, with_momentum({.momentum = 0.9});
  CHECK_THROWS_WITH_AS(plain.set_momentum(0.5),
                       "SGD: momentum can be changed only if it was not 0 at construction",
                       RuntimeError);
  with_momentum.set_momentum(0.5);
  CHECK(with_momentum.momentum() == 0.5);
}
