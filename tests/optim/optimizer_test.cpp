#include <doctest/doctest.h>

#include <reel/layers/functions/constraints.h>
#include <reel/optim/sgd.h>

#include "captured_stderr.h"
#include "layer_helpers.h"
#include "optimizer_helpers.h"

using namespace reel;
using namespace reel::test;

TEST_CASE("a constraint given by name to a bare variable is looked up before anything moves") {
  const Variable v(full({1}, 3.0, float64), {.name = "v", .constraint = "max_norm"});
  SGD sgd({.learning_rate = 1});
  sgd.apply_gradients({pair(v, 0)});
  CHECK(values(v) == std::vector<double>{2});
  const Variable good(full({1}, 3.0, float64)),
      bad(full({1}, 3.0, float64), {.name = "v", .constraint = "foo"});
  CHECK_THROWS_AS(sgd.apply_gradients({pair(good, 1), pair(bad, 1)}), ValueError);
  const Variable narrow(full({1}, 3.0, float64),
                        {.constraint = {"max_norm", {{"axis", std::vector<Index>{1}}}}});
  CHECK_THROWS_WITH_AS(sgd.apply_gradients({pair(good, 1), pair(narrow, 1)}),
                       "max_norm: axis must be in [-1, 1) for rank 1; got 1", ValueError);
  CHECK(values(good) == std::vector<double>{3});
  CHECK(sgd.iterations() == 1);
}

TEST_CASE("a user's own constraint that gives a wrong shape leaves everything as it was") {
  const Variable before(full({1}, 3.0, float64)), after(full({1}, 3.0, float64));
  const Variable v(full({1}, 3.0, float64),
                   {.name = "v", .constraint = [](const Tensor&) { return zeros({2}, float64); }});
  SGD sgd({.learning_rate = 1});
  CHECK_THROWS_AS(sgd.apply_gradients({pair(before, 1), pair(v, 1), pair(after, 1)}), ValueError);
  CHECK(values(before) == std::vector<double>{3});
  CHECK(values(v) == std::vector<double>{3});
  CHECK(values(after) == std::vector<double>{3});
  CHECK(sgd.iterations() == 0);
}

TEST_CASE("values that were read before a step keep their bits") {
  const Variable v(Tensor({1.0, 2.0}, float64));
  const Tensor before = v.value();
  SGD sgd({.learning_rate = 1});
  sgd.apply_gradients({pair(v, 1)});
  CHECK(before.to_vector() == std::vector<double>{1, 2});
  CHECK(values(v) == std::vector<double>{0, 1});
}

TEST_CASE("a variable whose memory nobody else holds is updated in place") {
  const Variable v(zeros({100}));
  SGD sgd({.learning_rate = 1, .momentum = 0.5});
  sgd.apply_gradients({pair(v, 1)});
  const float* weights = v.stored().data<float>();
  const float* velocity = sgd.get_slot(v, "momentum").stored().data<float>();
  sgd.apply_gradients({pair(v, 1)});
  CHECK(v.stored().data<float>() == weights);
  CHECK(sgd.get_slot(v, "momentum").stored().data<float>() == velocity);
}

TEST_CASE("a schedule that turns negative is refused before the step") {
  const Variable v(full({1}, 1.0));
  SGD sgd({.learning_rate = [](Index) { return -1.0; }});
  CHECK_THROWS_WITH_AS(sgd.apply_gradients({pair(v, 1)}), "SGD: learning_rate must be >= 0; got -1",
                       ValueError);
  CHECK(values(v) == std::vector<double>{1});
}

TEST_CASE("minimize of a loss that is not the tape's says so, and moves nothing") {
  const Variable v(full({1}, 3.0, float64), {.name = "v"}), fixed(full({1}, 2.0, float64));
  const std::string start =
      "gradient: a target must be computed under this tape; target 0 of shape ";
  const std::string outside =
      start +
      "(1,) was computed before the tape began or outside of it; compute it inside the "
      "tape's block";
  const std::string unrecorded =
      start + "(1,) is a constant, or was computed while the tape was paused";
  const Tensor early = v * v;
  SGD sgd({.learning_rate = 1, .momentum = 0.5});
  const auto check = [&](const std::string& message, auto minimize) {
    CHECK_THROWS_WITH_AS(minimize(), message.c_str(), ValueError);
    CHECK(values(v) == Items{3});
    CHECK(sgd.variables().empty());
  };
  {
    Tape outer;
    const Tensor of_outer = v * v;
    Tape tape;
    check(outside, [&] { sgd.minimize(early, tape, {v}); });
    check(outside, [&] { sgd.minimize(of_outer, tape, {v}); });
    check(outside, [&] { sgd.minimize([&] { return of_outer; }, {v}); });
    check(outside, [&] { sgd.minimize([&] { return early; }, outer, {v}); });
    check(outside, [&] { sgd.minimize([&] { return early; }, [&] { return std::vector{v}; }); });
    check(outside, [&] { sgd.minimize(early, tape, {v}, ones({1}, float64)); });
  }
  Tape tape;
  const Tensor paused = [&] {
    const Tape::Pause pause = tape.pause();
    return v * v;
  }();
  check(unrecorded, [&] { sgd.minimize(paused, tape, {v}); });
  check(unrecorded, [&] { sgd.minimize(full({1}, 3.0, float64), tape, {v}); });
  const Tensor other = fixed * fixed, fit = v * v;
  check("SGD: No gradients provided for any variable: v", [&] { sgd.minimize(other, tape, {v}); });
  check("SGD: No gradients provided for any variable: v",
        [&] { sgd.minimize([&] { return fixed * 2.0; }, {v}); });
  CHECK(sgd.minimize(early, tape, std::vector<Variable>()) == 0);
  CHECK(sgd.minimize(fit, tape, {v}) == 1);
  CHECK(values(v) == Items{-3});
}

TEST_CASE("an optimizer's name is one that a scope may have") {
  const auto step = [](const std::string& name) {
    const Variable v(full({1}, 3.0), {.name = "v"});
    SGD sgd({.momentum = 0.5, .name = name});
    sgd.apply_gradients({pair(v, 1)});
    return sgd.slots()[0].name();
  };
  for (const char* good : {"SGD", "a", ".a-b_c.0", "outer/SGD", "0"})
    CHECK(step(good) == std::string(good) + "/v/momentum");
  for (const char* bad : {"", "/", "x/", "/x", "a//b", "_x", "-x", "a b", "a/_b", "\xc3\xa9"})
    CHECK_THROWS_WITH_AS(
        step(bad),
        fmt::format("optimizer: a name must be letters, digits, '_', '.' and '-', in parts joined "
                    "by '/' that begin with a letter, digit or '.'; got '{}'",
                    bad)
            .c_str(),
        ValueError);
}

TEST_CASE("weights that were set before the first step find their slots, whoever has a gradient") {
  // Two kinds of slots, each of all variables before the next.
  struct Twice : Optimizer {
    Twice() : Optimizer({.name = "mine"}) {}
    void create_slots(const std::vector<VariableGradient>& gradients) override {
      for (const char* kind : {"m", "v"})
        for (const VariableGradient& pair : gradients) add_slot(pair.variable, kind);
    }
    void update(const Variable&, const Tensor&, double) override {}
  };
  const std::vector<Variable> all = {Variable(full({1}, 1.0), {.name = "a"}),
                                     Variable(full({1}, 1.0), {.name = "b"}),
                                     Variable(full({1}, 1.0), {.name = "c"})};
  const CapturedStderr log;  // of variables without a gradient
  const auto step = [&](Optimizer& optimizer, const std::string& which) {
    std::vector<VariableGradient> pairs;
    for (const Variable& v : all)
      pairs.push_back(
          {v, which.find(v.name()) == std::string::npos ? Tensor() : ones_like(v.stored())});
    optimizer.apply_gradients(pairs);
  };
  for (const std::string now : {"abc", "ab", "a", "c", "bc"}) {
    Twice saved, loaded;
    step(saved, "abc");
    float value = 0;
    for (const Variable& slot : saved.slots()) slot.assign(full({1}, ++value));
    loaded.set_weights(saved.get_weights());
    step(loaded, now);
    CHECK(names_of(loaded.slots()) == names_of(saved.slots()));
    for (const Variable& v : all)
      for (const char* kind : {"m", "v"})
        CHECK(values(loaded.get_slot(v, kind)) == values(saved.get_slot(v, kind)));
  }
  Twice saved, loaded, refuses;  // of fewer variables than there are now
  step(saved, "ab");
  float value = 0;
  for (const Variable& slot : saved.slots()) slot.assign(full({1}, ++value));
  loaded.set_weights(saved.get_weights());
  step(loaded, "abc");
  CHECK(values(loaded.get_slot(all[1], "v")) == Items{4});
  CHECK(values(loaded.get_slot(all[2], "m")) == Items{0});
  CHECK(loaded.slots().size() == 6);
  std::vector<Tensor> weights = saved.get_weights();
  weights.pop_back();
  refuses.set_weights(weights);
  CHECK_THROWS_WITH_AS(step(refuses, "abc"), "mine: there must be 3 weights; got 4", ValueError);
}

TEST_CASE("slots whose kind has parts are found by the names that are listed") {
  struct Mine : Optimizer {
    Mine() : Optimizer({.name = "a/b"}) {}
    void create_slots(const std::vector<VariableGradient>& gradients) override {
      for (const char* kind : {"m", "sum/of/squares"})
        for (const VariableGradient& pair : gradients) add_slot(pair.variable, kind);
    }
    void update(const Variable&, const Tensor&, double) override {}
  } mine;
  const Variable v(full({1}, 1.0), {.name = "net/v"}), w(full({1}, 1.0), {.name = "w"});
  mine.apply_gradients({pair(v, 1), pair(w, 1)});
  CHECK(mine.get_slot_names() == Names{"m", "sum/of/squares"});
  CHECK(mine.get_slot(v, "sum/of/squares").name() == "a/b/net/v/sum/of/squares");
}

TEST_CASE("minimize without a function says so") {
  const Variable v(full({1}, 3.0));
  SGD sgd;
  Tape tape;
  const std::function<Tensor()> none;
  const char* message = "SGD: minimize needs a function that gives the loss; got none";
  CHECK_THROWS_WITH_AS(sgd.minimize(none, {v}), message, ValueError);
  CHECK_THROWS_WITH_AS(sgd.minimize(none, tape, {v}), message, ValueError);
  CHECK_THROWS_WITH_AS(sgd.minimize(none, [&] { return std::vector{v}; }), message, ValueError);
}
