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

// Proves: 4.1 get_weights, set_weights
TEST_CASE("4.1 set_weights before the first step is what the slots begin with") {
  const TwoVariables t, u;
  SGD from({.learning_rate = 1, .momentum = 0.5}), to({.learning_rate = 1, .momentum = 0.5});
  const auto step = [](SGD& sgd, const TwoVariables& v, double gradient) {
    sgd.apply_gradients({pair(v.v0, gradient), pair(v.v1, 2 * gradient)});
  };
  for (int i = 0; i < 3; ++i) step(from, t, 1.0 + i);
  u.v0.assign(t.v0.stored());
  u.v1.assign(t.v1.stored());
  to.set_weights(from.get_weights());
  CHECK(to.iterations() == 3);
  CHECK(to.get_weights().size() == 3);
  CHECK(to.get_weights()[2].to_vector() == from.get_weights()[2].to_vector());
  step(from, t, 1);
  step(to, u, 1);
  CHECK(to.iterations() == 4);
  CHECK(values(u.v0) == values(t.v0));
  CHECK(values(u.v1) == values(t.v1));
}

// Proves: 4.1 get_weights, set_weights
TEST_CASE("4.1 what does not fit is refused at the latest when the slots are made") {
  const TwoVariables t;
  SGD sgd({.momentum = 0.5}), without;
  const Tensor nine(9.0, float64), slot = zeros({2}, float64);
  CHECK_THROWS_WITH_AS(sgd.set_weights({Tensor(9.0)}),
                       "SGD: weight SGD/iter must be float64; got float32", TypeError);
  CHECK_THROWS_WITH_AS(sgd.set_weights({slot, nine}),
                       "SGD: weight SGD/iter must have shape (); got (2,)", ValueError);
  CHECK(sgd.variables().empty());
  sgd.set_weights({nine, slot, zeros({3}, float64)});
  CHECK_THROWS_WITH_AS(sgd.apply_gradients({pair(t.v0, 1), pair(t.v1, 1)}),
                       "SGD: weight SGD/v1/momentum must have shape (2,); got (3,)", ValueError);
  CHECK(values(t.v0) == Items{1, 2});
  CHECK(sgd.get_weights().size() == 3);
  without.set_weights({nine, slot});
  CHECK_THROWS_WITH_AS(without.apply_gradients({pair(t.v0, 1)}),
                       "SGD: there must be 1 weights; got 2", ValueError);
  CHECK(values(t.v0) == Items{1, 2});
}

// Proves: 4.1 weights, slots, their names
TEST_CASE("4.1 a slot that was not made is named") {
  struct Careless : Optimizer {
    Careless() : Optimizer({.name = "careless"}) {}
    std::size_t asked = 0;
    void create_slots(const std::vector<VariableGradient>& pairs) override {
      if (asked > 0) add_slot(pairs[0].variable, "m");
    }
    void update(const Variable& variable, const Tensor&, double) override { slot(variable, asked); }
  } careless;
  const TwoVariables t;
  CHECK_THROWS_WITH_AS(careless.apply_gradients({pair(t.v0, 1)}),
                       "careless: slot 0 of v0 must be made by create_slots; it has 0", ValueError);
  careless.asked = 1;
  CHECK_THROWS_WITH_AS(careless.apply_gradients({pair(t.v0, 1)}),
                       "careless: slot 1 of v0 must be made by create_slots; it has 1", ValueError);
}

// Proves: 4.1 weights, slots, their names
TEST_CASE("4.1 slots go with their variables") {
  const TwoVariables t;
  SGD sgd({.momentum = 0.9});
  sgd.apply_gradients({pair(t.v0, 1)});
  std::vector<WeakVariable> slots;
  for (int i = 0; i < 50; ++i) {
    const Variable passing(zeros({1000}), {.name = fmt::format("passing{}", i)});
    sgd.apply_gradients({pair(passing, 1)});
    CHECK(sgd.slots().size() == 2);
    slots.emplace_back(sgd.get_slot(passing, "momentum"));
  }
  CHECK(names_of(sgd.variables()) == std::vector<std::string>{"SGD/iter", "SGD/v0/momentum"});
  CHECK(sgd.get_weights().size() == 2);
  sgd.apply_gradients({pair(t.v1, 1)});
  for (const WeakVariable& slot : slots) CHECK_FALSE(slot.lock().defined());
  sgd.set_weights({Tensor(7.0, float64), zeros({2}, float64), zeros({2}, float64)});
  CHECK(sgd.iterations() == 7);
}
