// Contract 4.1: what an optimizer keeps between steps.
#include <doctest/doctest.h>

#include <reel/optim/sgd.h>

#include "optimizer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

std::vector<std::string> names_of(const std::vector<Variable>& variables) {
  std::vector<std::string> names;
  for (const Variable& variable : variables) names.push_back(variable.name());
  return names;
}

}  // namespace

// Proves: 4.1.2 state; 4.1 weights, slots, their names
TEST_CASE("4.1 the weights are the counter of steps, then the slots as they were made") {
  const TwoVariables t;
  SGD sgd({.momentum = 0.9});
  CHECK(sgd.variables().empty());
  CHECK(sgd.get_weights().empty());
  sgd.apply_gradients({pair(t.v1, 1)});
  sgd.apply_gradients({pair(t.v0, 1), pair(t.v1, 1)});
  CHECK(names_of(sgd.variables()) ==
        std::vector<std::string>{"SGD/iter", "SGD/v1/momentum", "SGD/v0/momentum"});
  CHECK(sgd.get_weights()[0].item() == 2);
  CHECK(sgd.get_slot_names() == std::vector<std::string>{"momentum"});
  for (const Variable& variable : sgd.variables()) CHECK_FALSE(variable.trainable());
}

// Proves: 4.1 minimize
TEST_CASE("4.1 minimize may use a tape of the caller's, which goes on recording") {
  const TwoVariables t;
  const Variable fixed(full({1}, 1.0, float64), {.trainable = false});
  SGD sgd({.learning_rate = 1});
  Tape tape({.watch_accessed_variables = false});
  Tensor square_of_sum;
  sgd.minimize([&] { return square_of_sum = square(sum(t.v0) + fixed); }, tape, {fixed});
  CHECK(values(fixed) == Items{1 - 2 * (1 + 2 + 1)});
  CHECK(tape.gradient(square_of_sum * 10.0, fixed).item() == 80);
  CHECK(sgd.minimize([] { return Tensor(1.0); }, tape, {}) == 1);
}

// Proves: 4.1.2 state
TEST_CASE("4.1.1 an empty list makes the counter but does not count") {
  SGD sgd({.momentum = 0.9});
  CHECK(sgd.apply_gradients({}) == 0);
  CHECK(names_of(sgd.variables()) == std::vector<std::string>{"SGD/iter"});
}

// Proves: 4.1 get_weights, set_weights
TEST_CASE("4.1 set_weights takes what get_weights gave, the count included") {
  const TwoVariables t, u;
  SGD from({.learning_rate = 1, .momentum = 0.5}), to({.learning_rate = 1, .momentum = 0.5});
  for (int i = 0; i < 3; ++i) from.apply_gradients({pair(t.v0, 1)});
  to.apply_gradients({pair(u.v0, 7)});
  const std::vector<Tensor> weights = from.get_weights();
  to.set_weights(weights);
  CHECK(to.iterations() == 3);
  CHECK(values(to.get_slot(u.v0, "momentum")) == values(from.get_slot(t.v0, "momentum")));
  from.apply_gradients(
      {pair(t.v0, 1)});  // writes in place where it can; the copies keep their bits
  CHECK(weights[0].item() == 3);
  CHECK(values(to.get_slot(u.v0, "momentum")) == weights[1].to_vector());
}

// Proves: 4.1 get_weights, set_weights
TEST_CASE("4.1 set_weights checks everything before it assigns anything") {
  const TwoVariables t;
  SGD sgd({.momentum = 0.5});
  CHECK_NOTHROW(sgd.set_weights({}));
  sgd.apply_gradients({pair(t.v0, 1)});
  const Tensor nine(9.0, float64);
  CHECK_THROWS_WITH_AS(sgd.set_weights({nine}), "SGD: there must be 2 weights; got 1", ValueError);
  CHECK_THROWS_WITH_AS(sgd.set_weights({nine, zeros({3}, float64)}),
                       "SGD: weight SGD/v0/momentum must have shape (2,); got (3,)", ValueError);
  CHECK_THROWS_WITH_AS(sgd.set_weights({nine, zeros({2})}),
                       "SGD: weight SGD/v0/momentum must be float64; got float32", TypeError);
  CHECK(sgd.iterations() == 1);
}

// Proves: 4.1 iterations
TEST_CASE("4.1 iterations may be a variable of the user's, given before the first use") {
  const Variable v(full({1}, 0.0)), counter(Tensor(7.0, float64), {.name = "global_step"});
  SGD sgd;
  sgd.set_iterations(counter);
  CHECK(sgd.iterations() == 7);
  CHECK(sgd.apply_gradients({{v, zeros({1})}}) == 8);
  CHECK(counter.value().item() == 8);
  counter.assign(Tensor(20.0, float64));
  CHECK(sgd.apply_gradients({{v, zeros({1})}}) == 21);
  CHECK(names_of(sgd.variables()) == std::vector<std::string>{"global_step"});
}

// Proves: 4.1 iterations
TEST_CASE("4.1 a counter that comes too late or is no float64 scalar is refused") {
  const Variable v(full({1}, 0.0)), counter(Tensor(0.0, float64));
  SGD sgd;
  CHECK_THROWS_WITH_AS(sgd.set_iterations(Variable(zeros({2}, float64))),
                       "SGD: the counter must be a scalar; got (2,)", ValueError);
  CHECK_THROWS_WITH_AS(sgd.set_iterations(Variable(Tensor(0.0))),
                       "SGD: the counter must be float64; got float32", TypeError);
  sgd.apply_gradients({{v, zeros({1})}});
  CHECK_THROWS_WITH_AS(sgd.set_iterations(counter),
                       "SGD: the counter must be replaced before the optimizer's first use",
                       RuntimeError);
}
