// A step is whole or not at all: what throws leaves variables, slots and count as they were.
#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>

#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/custom_objects.h>
#include <reel/optim/sgd.h>

#include "optimizer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

// A user's optimizer, with two slots, whose update throws when it is told to.
struct Momentum2 : Optimizer {
  explicit Momentum2(const bool* fails) : Optimizer({.name = "mine"}), fails(fails) {}
  void create_slots(const std::vector<VariableGradient>& gradients) override {
    for (const VariableGradient& pair : gradients) add_slot(pair.variable, "m");
    for (const VariableGradient& pair : gradients) add_slot(pair.variable, "v", 1.0);
  }
  void update(const Variable& variable, const Tensor& gradient, double rate) override {
    const Variable &m = slot(variable), &v = slot(variable, 1);
    m.assign(m.value() * 0.5 + gradient);
    v.assign(v.value() * 0.5 + square(gradient));
    variable.assign(variable.value() - rate * m.value() * rsqrt(v.value()));
    if (*fails && variable.name() == "third") throw std::runtime_error("update");
  }
  const bool* fails;
};

// Three variables, of which one may have a constraint of the user's, and an optimizer.
struct Training {
  bool fails = false;
  int calls = 0;  // of a constraint, which is tried before anything moves
  CustomObjects custom;
  std::vector<Variable> variables;
  std::unique_ptr<Optimizer> optimizer;

  void make_variables(int constrained, const Constraint& constraint) {
    int i = 0;
    for (const char* name : {"first", "second", "third"}) {
      variables.push_back(
          Variable(Tensor({1.0 + i, -2.0}, float64),
                   {.name = name, .constraint = i == constrained ? constraint : max_norm(100)}));
      ++i;
    }
  }
  void step() {
    const detail::CustomObjectScope known(custom);
    std::vector<VariableGradient> gradients;
    for (const Variable& v : variables) gradients.push_back({v, v.stored() * 2.0});
    optimizer->apply_gradients(gradients);
  }
  std::vector<std::vector<double>> state() const {
    std::vector<std::vector<double>> state;
    for (const Variable& v : variables) state.push_back(v.stored().to_vector());
    for (const Tensor& value : optimizer->get_weights()) state.push_back(value.to_vector());
    for (const Variable& slot : optimizer->slots()) state.push_back(slot.stored().to_vector());
    return state;
  }
};

using Make = std::function<std::unique_ptr<Training>()>;

// Everything of a user's that can throw in a step.
std::vector<std::pair<std::string, Make>> trainings() {
  std::vector<std::pair<std::string, Make>> all;
  const auto add = [&](const std::string& name, auto make) {
    all.emplace_back(name, [make] {
      auto training = std::make_unique<Training>();
      make(*training);
      return training;
    });
  };
  for (int which = 0; which < 3; ++which) {
    const auto constrained = [&](const std::string& name, auto fail) {
      add(fmt::format("{} at {}", name, which), [which, fail](Training& t) {
        t.make_variables(which, [&t, fail](const Variable& v) {
          return t.fails ? fail(v) : clip(v, -1.5, 1.5);
        });
        t.optimizer = std::make_unique<SGD>(SGD::Options{.learning_rate = 0.1, .momentum = 0.9});
      });
    };
    constrained("error", [](const Variable&) -> Tensor { throw ValueError("constraint"); });
    constrained("exception", [](const Variable&) -> Tensor { throw std::bad_alloc(); });
    constrained("int", [](const Variable&) -> Tensor { throw 1; });
    constrained("shape", [](const Variable&) { return zeros({3}, float64); });
    constrained("dtype", [](const Variable&) { return zeros({2}); });
    constrained("nothing", [](const Variable&) { return Tensor(); });
  }
  add("named constraint", [](Training& t) {
    t.make_variables(2, Constraint("mine", {}, [&t](const Variable& v) {
                       if (t.fails) throw ValueError("constraint");
                       return v.stored();
                     }));
    t.optimizer = std::make_unique<SGD>(SGD::Options{.momentum = 0.9, .nesterov = true});
  });
  // The names of one's own are known while the optimizer looks them up.
  add("custom name", [](Training& t) {
    t.make_variables(2, Constraint("mine"));
    t.custom = {{"mine", [&t](const Variable& v) -> Tensor {
                   if (t.fails && ++t.calls % 2 == 0) throw ValueError("constraint");
                   return clip(v, -1.5, 1.5);
                 }}};
    t.optimizer = std::make_unique<SGD>(SGD::Options{.learning_rate = 0.1, .momentum = 0.9});
  });
  add("update", [](Training& t) {
    t.make_variables(-1, {});
    t.optimizer = std::make_unique<Momentum2>(&t.fails);
  });
  add("subclass of SGD", [](Training& t) {
    struct Noisy : SGD {
      using SGD::SGD;
      const bool* fails = nullptr;
      void update(const Variable& variable, const Tensor& gradient, double rate) override {
        SGD::update(variable, gradient, rate);
        if (*fails && variable.name() == "second") throw ValueError("noisy");
      }
    };
    t.make_variables(-1, {});
    auto noisy = std::make_unique<Noisy>(SGD::Options{.momentum = 0.5});
    noisy->fails = &t.fails;
    t.optimizer = std::move(noisy);
  });
  add("rate", [](Training& t) {
    t.make_variables(-1, {});
    t.optimizer = std::make_unique<SGD>(SGD::Options{.learning_rate =
                                                         [&t](Index) {
                                                           if (t.fails) throw ValueError("rate");
                                                           return 0.1;
                                                         },
                                                     .momentum = 0.9});
  });
  const auto transformer = [](Training& t) {
    return [&t](std::vector<VariableGradient> pairs) {
      if (t.fails) throw ValueError("transformer");
      return pairs;
    };
  };
  add("aggregator", [transformer](Training& t) {
    t.make_variables(-1, {});
    t.optimizer =
        std::make_unique<SGD>(SGD::Options{.momentum = 0.9, .gradient_aggregator = transformer(t)});
  });
  add("transformer", [transformer](Training& t) {
    t.make_variables(-1, {});
    t.optimizer = std::make_unique<SGD>(
        SGD::Options{.momentum = 0.9, .gradient_transformers = {transformer(t)}});
  });
  return all;
}

}  // namespace

TEST_CASE("whatever throws in a step, nothing has moved, and the retry is as if nothing was") {
  for (const auto& training : trainings())
    for (int steps_before : {0, 1, 3}) {
      const Make& make = training.second;
      CAPTURE(training.first);
      CAPTURE(steps_before);
      const auto tried = make(), smooth = make();
      for (int i = 0; i < steps_before; ++i) tried->step();
      const auto before = tried->state();
      const Index count = tried->optimizer->iterations();
      tried->fails = true;
      for (int tries = 0; tries < 2; ++tries) {
        bool threw = false;
        try {
          tried->step();
        } catch (...) {
          threw = true;
        }
        CHECK(threw);
        CHECK(tried->state() == before);
        CHECK(tried->optimizer->iterations() == count);
      }
      tried->fails = false;
      for (int i = 0; i < steps_before + 2; ++i) smooth->step();
      for (int i = 0; i < 2; ++i) tried->step();
      CHECK(tried->state() == smooth->state());
    }
}

TEST_CASE("a step that fails leaves the slots as they were, also when variables have died") {
  bool fails = true;
  const Variable kept(full({2}, 1.0), {.constraint = [&](const Variable& v) {
                        if (fails) throw ValueError("no");
                        return v.value();
                      }});
  for (int dead = 1; dead <= 3; ++dead) {
    fails = true;
    SGD sgd({.momentum = 0.5});
    {
      std::vector<VariableGradient> pairs;
      for (int i = 0; i < dead; ++i) pairs.push_back(pair(Variable(full({2}, 1.0)), 1));
      sgd.apply_gradients(pairs);
    }
    CHECK_THROWS_AS(sgd.apply_gradients({pair(kept, 1)}), ValueError);
    CHECK(sgd.slots().empty());
    fails = false;
    sgd.apply_gradients({pair(kept, 1)});
    CHECK(sgd.slots().size() == 1);
  }
}

TEST_CASE("a plain step with the library's own constraints writes in place") {
  for (const Constraint& constraint : {Constraint(), non_neg(), max_norm(1e6), unit_norm()}) {
    const Variable v(full({100}, 0.1), {.constraint = constraint});
    SGD sgd({.momentum = 0.5});
    sgd.apply_gradients({pair(v, 1)});
    const float* velocity = sgd.get_slot(v, "momentum").stored().data<float>();
    sgd.apply_gradients({pair(v, 1)});
    CHECK(sgd.get_slot(v, "momentum").stored().data<float>() == velocity);
  }
}

TEST_CASE("what the library's own updates lack shows before the first variable moves") {
  const Variable u(full({3}, 1.0)), v(full({3}, 1.0));
  SGD sgd({.learning_rate = 1, .momentum = 0.5});
  sgd.apply_gradients({pair(u, 1), pair(v, 1)});
  sgd.get_slot(v, "momentum").stored() = Tensor();
  CHECK_THROWS_AS(sgd.apply_gradients({pair(u, 1), pair(v, 1)}), RuntimeError);
  CHECK(values(u) == Items{0, 0, 0});
  CHECK(values(v) == Items{0, 0, 0});
  CHECK(sgd.iterations() == 1);
}
