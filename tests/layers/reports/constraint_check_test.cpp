#include <doctest/doctest.h>

#include <cmath>
#include <sstream>

#include <reel/core/ops.h>
#include <reel/core/ops/random.h>
#include <reel/layers/dense.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/reports/constraint_check.h>
#include <reel/layers/separable_conv2d.h>
#include <reel/optim/sgd.h>

using namespace reel;

namespace {

Variable weight(const Tensor& value, const Constraint& constraint, const char* name = "w") {
  return Variable(value, {.name = name, .constraint = constraint});
}

ConstraintCheck check_one(const Tensor& value, const Constraint& constraint) {
  const std::vector<Variable> variables{weight(value, constraint)};
  const ConstraintReport report = check_constraints(variables);
  REQUIRE(report.checks.size() == 1);
  CHECK(bool(report) == report.checks[0].inside);
  return report.checks[0];
}

void check_step(SGD& sgd, const Variable& v, double gradient) {
  sgd.apply_gradients({{v, full(v.shape(), gradient, v.dtype())}});
}

}  // namespace

TEST_CASE("a report has a line for each constrained variable and counts those outside") {
  const Tensor w({{3, -1}, {4, 0}}, float64);
  const std::vector<Variable> variables{
      weight(w, max_norm(5.0), "net/a"),
      weight(w, {}, "net/b"),
      weight(w, non_neg(), "net/longer"),
      weight(Tensor({{0.6, 0}, {0.8, 0}}, float64), unit_norm(), "net/c"),
      weight(w, min_max_norm({.max_value = 2, .rate = 0.5}), "net/d"),
      weight(
          w, [](const Variable& v) { return clip(v, 0, 3); }, "net/e")};
  const ConstraintReport report = check_constraints(variables);
  CHECK(!report);
  const std::string text =
      "variable    constraint    state\n"
      "net/a       max_norm      inside\n"
      "net/longer  non_neg       outside: element (0, 1) is -1, must be 0\n"
      "net/c       unit_norm     inside but for 1 zero vector\n"
      "net/d       min_max_norm  on its way at rate 0.5\n"
      "net/e       a function    outside: element (0, 1) is -1, must be 0\n"
      "5 constrained, 2 outside\n";
  CHECK(report.str() == text);
  std::ostringstream out;
  out << report;
  CHECK(out.str() == text);
}

TEST_CASE("variables without a constraint are inside") {
  const std::vector<Variable> variables{weight(ones({2}), {})};
  const ConstraintReport report = check_constraints(variables);
  CHECK(report);
  CHECK(report.checks.empty());
  CHECK(report.str() == "variable  constraint  state\n0 constrained, 0 outside\n");
}

TEST_CASE("the tolerance of a check is the projection's") {
  CHECK(check_one(full({1}, 1 + 1.9e-7, float64), unit_norm()).inside);
  CHECK(check_one(full({1}, 1 + 2.1e-7, float64), unit_norm()).state ==
        "outside: element (0) is 1.00000021, must be 1");
  CHECK(check_one(full({1}, 1 + 1.1e-6), unit_norm()).inside);  // 8 ulp of float32 are 9.5e-7
  CHECK(!check_one(full({1}, 1 + 1.3e-6), unit_norm()).inside);
  CHECK(!check_one(full({1}, -1e-30, float64), non_neg()).inside);
}

TEST_CASE("zero vectors are counted where the set has none, for each group of the axes") {
  const auto state = [](const Constraint& c) { return check_one(zeros({2, 3}), c).state; };
  CHECK(state(unit_norm()) == "inside but for 3 zero vectors");
  CHECK(state(unit_norm(1)) == "inside but for 2 zero vectors");
  CHECK(state(unit_norm({})) == "inside but for 1 zero vector");
  CHECK(state(unit_norm(per_channel())) == "inside but for 2 zero vectors");
  CHECK(state(min_max_norm({.min_value = 0.1})) == "inside but for 3 zero vectors");
  CHECK(state(min_max_norm()) == "inside");
  CHECK(state(max_norm()) == "inside");
  CHECK(state(non_neg()) == "inside");
}

TEST_CASE("what is no finite number is outside every set, also on its way") {
  const Tensor w({{0.5, NAN}}, float64);
  for (const Constraint& c : {max_norm(), unit_norm(1), non_neg(), min_max_norm({.rate = 0.5})}) {
    CAPTURE(c.name());
    const ConstraintCheck check = check_one(w, c);
    CHECK(!check.inside);
    CHECK(check.state == "outside: element (0, 1) is nan");
  }
  CHECK(check_one(full({1}, INFINITY), non_neg()).state == "outside: element (0) is inf");
}

TEST_CASE("a rate below 1 is on its way until it has arrived") {
  const Constraint slow = min_max_norm({.max_value = 1, .rate = 0.5});
  CHECK(check_one(full({1}, 3.0, float64), slow).state == "on its way at rate 0.5");
  CHECK(check_one(full({1}, 1.0, float64), slow).state == "inside");
}

TEST_CASE("rings are looked at as they are, although a second application may move them on") {
  for (Index k : {2, 3, 4, 5, 6}) {
    CAPTURE(k);
    const Variable w =
        weight(randn({k, k, 2, 3}, float64, RandomKey{5, 0, 0}), radial_constraint());
    const Tensor rings = w.constraint()(w);
    CHECK(check_one(rings, radial_constraint()).inside);
    CHECK(!check_one(w.value(), radial_constraint()).inside);
  }
}

TEST_CASE("a check changes and records nothing, and looks up constraints given by name") {
  const Variable w = weight(full({1}, 3.0, float64), "max_norm");
  const Tape tape;
  CHECK(!check_constraints(std::vector{w}));
  CHECK(tape.size() == 0);
  CHECK(w.stored().item() == 3);
}

TEST_CASE("a function that changes the shape is no constraint") {
  const Variable w = weight(ones({2}), [](const Variable& v) { return reshape(v, {2, 1}); });
  CHECK_THROWS_WITH_AS(
      check_constraints(std::vector{w}),
      "w: a constraint must keep shape and dtype, (2,) float32; got (2, 1) float32", ValueError);
}

TEST_CASE("a step that leaves a variable outside its set is an error when asked for") {
  // No projection: it halves the way to its bound.
  const Constraint halfway = [](const Variable& v) { return (v + minimum(v, 1.0)) * 0.5; };
  const Variable v = weight(full({1}, 5.0, float64), halfway, "v");
  SGD silent({.learning_rate = 0}), loud({.learning_rate = 0, .check_constraints = true});
  check_step(silent, v, 0);
  CHECK_THROWS_WITH_AS(check_step(loud, v, 0),
                       "SGD: after a step each variable must be inside the set of its constraint; "
                       "got\n"
                       "variable  constraint  state\n"
                       "v         a function  outside: element (0) is 2, must be 1.5\n"
                       "1 constrained, 1 outside\n",
                       RuntimeError);
  CHECK(loud.iterations() == 1);  // the step itself was done
}

TEST_CASE("every constraint of the library holds after each of many steps") {
  for (DType dtype : {float32, float64}) {
    const VariableStore store;
    const RandomScope draws({.seed = 8});
    SeparableConv2D conv({.filters = 6,
                          .kernel_size = 3,
                          .depth_multiplier = 2,
                          .depthwise_constraint = max_norm(0.3, per_filter()),
                          .pointwise_constraint = unit_norm(per_channel()),
                          .bias_constraint = non_neg(),
                          .dtype = dtype});
    Dense head({.units = 4,
                .kernel_constraint = min_max_norm({.min_value = 0.2, .max_value = 0.4}),
                .bias_constraint = min_max_norm({.max_value = 0.1, .rate = 0.5}),
                .dtype = dtype});
    const Tensor x = randn({4, 5, 5, 2}, dtype);
    SGD sgd({.learning_rate = 0.1, .momentum = 0.9, .check_constraints = true});
    for (int step = 0; step < 30; ++step) {
      Tape tape;
      const Tensor loss = sum(square(head(flatten(conv(x))) - 1.0));
      auto variables = conv.trainable_variables();
      for (const Variable& v : head.trainable_variables()) variables.push_back(v);
      CHECK_NOTHROW(sgd.apply_gradients(tape.gradient(loss, variables)));
    }
  }
}

TEST_CASE("a constraint that does not fit its variable is refused when the variable is made") {
  CHECK_THROWS_WITH_AS(weight(ones({3, 3}), max_norm(1, 2)),
                       "max_norm: axis must be in [-2, 2) for rank 2; got 2", ValueError);
  CHECK_THROWS_AS(weight(ones({3, 2, 1, 1}), radial_constraint()), ValueError);

  const VariableStore store;
  SeparableConv2D layer({.filters = 2,
                         .kernel_size = 3,
                         .bias_constraint = unit_norm(per_channel()),
                         .name = "separable"});
  CHECK_THROWS_WITH_AS(layer.build({1, 5, 5, 2}),
                       "separable: unit_norm: per_channel() needs a kernel with an axis of "
                       "channels; got separable/bias of shape (2,)",
                       ValueError);
  CHECK(!layer.built());
  CHECK(layer.variables().empty());
}

TEST_CASE("a user's own constraint is not called before the first step") {
  int calls = 0;
  const Variable v = weight(ones({1}), [&](const Variable& w) {
    ++calls;
    return w.value();
  });
  CHECK(calls == 0);
  SGD sgd;
  check_step(sgd, v, 1);
  CHECK(calls == 1);
}
