#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/log.h>
#include <reel/core/ops.h>
#include <reel/layers/constraints.h>
#include <reel/optim/sgd.h>

using namespace reel;

namespace {

struct TwoVariables {
  Variable v0, v1;

  explicit TwoVariables(const Constraint& c0 = {}, const Constraint& c1 = {})
      : v0(Tensor({1, 2}, float64), {.name = "v0", .constraint = c0}),
        v1(Tensor({3, 4}, float64), {.name = "v1", .constraint = c1}) {}

  std::vector<Variable> both() const { return {v0, v1}; }
  // 5 v0 + 3 v1, element by element.
  std::function<Tensor()> loss() const {
    return [*this] { return 5.0 * v0 + 3.0 * v1; };
  }
};

std::vector<double> values(const Variable& v) { return v.value().to_vector(); }

VariableGradient pair(const Variable& v, double gradient) {
  return {v, full(v.shape(), gradient, v.dtype())};
}

Constraint clipped(double low, double high) {
  return [=](const Variable& v) { return clip(v, low, high); };
}

}  // namespace

TEST_CASE("minimize takes one step down the gradient of each element") {
  const TwoVariables t;
  SGD sgd({.learning_rate = 3});
  CHECK(sgd.iterations() == 0);
  CHECK(sgd.minimize(t.loss(), t.both()) == 1);
  CHECK(values(t.v0) == std::vector<double>{-14, -13});
  CHECK(values(t.v1) == std::vector<double>{-6, -5});
}

TEST_CASE("minimize weighs the loss by the output gradient") {
  const TwoVariables t;
  SGD sgd({.learning_rate = 3});
  sgd.minimize(t.loss(), t.both(), Tensor({42, -42}, float64));
  CHECK(values(t.v0) == std::vector<double>{1 - 3 * 5 * 42, 2 + 3 * 5 * 42});
  CHECK(values(t.v1) == std::vector<double>{3 - 3 * 3 * 42, 4 + 3 * 3 * 42});
}

TEST_CASE("minimize takes a recorded loss, or variables that exist only after it") {
  const TwoVariables t;
  SGD sgd({.learning_rate = 3});
  {
    const Tape tape;
    const Tensor loss = t.loss()();
    sgd.minimize(loss, tape, t.both());
  }
  CHECK(values(t.v0) == std::vector<double>{-14, -13});
  sgd.minimize(t.loss(), [&] { return t.both(); });
  CHECK(values(t.v0) == std::vector<double>{-29, -28});
}

TEST_CASE("variables that are not trainable are trained when minimize names them") {
  const Variable frozen(Tensor({1.0, 2.0}, float64), {.trainable = false});
  SGD sgd({.learning_rate = 1});
  sgd.minimize([&] { return sum(2.0 * frozen); }, {frozen});
  CHECK(values(frozen) == std::vector<double>{-1, 0});
}

TEST_CASE("each variable is projected right after its own update") {
  const TwoVariables t(clipped(-0.1, 0.0), clipped(0.0, 1.0));
  SGD sgd({.learning_rate = 3});
  sgd.minimize(t.loss(), t.both());
  CHECK(values(t.v0) == std::vector<double>{-0.1, -0.1});
  CHECK(values(t.v1) == std::vector<double>{0, 0});
}

TEST_CASE("the projection of a variable sees the old values of those that come later") {
  std::vector<double> seen;
  Variable later(full({1}, 5.0, float64));
  const Variable first(full({1}, 1.0, float64), {.constraint = [&](const Variable& v) {
                         seen = {v.value().to_vector()[0], later.value().to_vector()[0]};
                         return v.value();
                       }});
  SGD sgd({.learning_rate = 1});
  sgd.apply_gradients({pair(first, 0.5), {later, zeros_like(later)}});
  CHECK(seen == std::vector<double>{0.5, 5.0});
}

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

TEST_CASE("clipvalue clips each element") {
  const Variable v(Tensor({1.0, 2.0}, float64));
  SGD sgd({.learning_rate = 1, .clipvalue = 1});
  sgd.minimize([&] { return 3.0 * v; }, {v});
  CHECK(values(v) == std::vector<double>{0, 1});
}

TEST_CASE("clipnorm clips each gradient to its norm") {
  const Variable v(full({1}, 1.0, float64)), u(Tensor({0.0, 0.0}, float64));
  SGD sgd({.learning_rate = 1, .clipnorm = 1});
  sgd.apply_gradients({pair(v, 4), {u, Tensor({-0.3, 0.4}, float64)}});
  CHECK(values(v) == std::vector<double>{0});
  CHECK(values(u) == std::vector<double>{0.3, -0.4});
}

TEST_CASE("global_clipnorm clips all gradients by one factor") {
  const Variable v0(full({1}, 1.0, float64)), v1(full({1}, 2.0, float64));
  SGD sgd({.learning_rate = 1, .global_clipnorm = 2});
  sgd.apply_gradients({pair(v0, 3), pair(v1, 4)});
  CHECK(values(v0)[0] == doctest::Approx(-0.2).epsilon(1e-12));
  CHECK(values(v1)[0] == doctest::Approx(0.4).epsilon(1e-12));
}

TEST_CASE("a global norm that is not finite makes the weights NaN") {
  const Variable v0(full({1}, 1.0, float64)), v1(full({1}, 2.0, float64));
  SGD sgd({.learning_rate = 1, .global_clipnorm = 2});
  sgd.apply_gradients({pair(v0, INFINITY), pair(v1, 1)});
  CHECK(std::isnan(values(v0)[0]));
  CHECK(std::isnan(values(v1)[0]));
}

TEST_CASE("the value is clipped before the norm") {
  const Variable v(Tensor({0.0, 0.0}, float64));
  SGD sgd({.learning_rate = 1, .clipnorm = 1, .clipvalue = 3});
  sgd.apply_gradients({{v, Tensor({-400, -3}, float64)}});
  CHECK(values(v)[0] == doctest::Approx(std::sqrt(0.5)).epsilon(1e-12));
  CHECK(values(v)[1] == doctest::Approx(std::sqrt(0.5)).epsilon(1e-12));
}

TEST_CASE("decay divides the rate by the steps done before this one") {
  const Variable v(full({1}, 0.0, float64));
  SGD sgd({.learning_rate = 3, .decay = 0.5});
  double want = 0;
  for (int t = 0; t < 4; ++t) {
    sgd.apply_gradients({pair(v, 1)});
    want -= 3 / (1 + 0.5 * t);
    CHECK(values(v)[0] == doctest::Approx(want).epsilon(1e-14));
  }
}

TEST_CASE("the rate can be a function of the steps done and can be assigned") {
  const Variable v(full({1}, 0.0, float64));
  SGD sgd({.learning_rate = [](Index step) { return 1.0 + static_cast<double>(step); }});
  sgd.apply_gradients({pair(v, 1)});
  sgd.apply_gradients({pair(v, 1)});
  CHECK(values(v)[0] == -3);
  CHECK(sgd.learning_rate() == 3);
  sgd.set_learning_rate(0.5);
  sgd.apply_gradients({pair(v, 1)});
  CHECK(values(v)[0] == -3.5);
}

TEST_CASE("variables without a gradient are neither updated nor projected") {
  const TwoVariables t(clipped(-0.1, 0.0), clipped(0.0, 1.0));
  SGD sgd({.learning_rate = 1});
  const logging::Level level = logging::level();
  logging::set_level(logging::Level::error);  // the warning is expected
  CHECK(sgd.apply_gradients({{t.v0, Tensor()}, pair(t.v1, 1)}) == 1);
  logging::set_level(level);
  CHECK(values(t.v0) == std::vector<double>{1, 2});
  CHECK(values(t.v1) == std::vector<double>{1, 1});
}

TEST_CASE("no pairs are no step, only pairs without gradients are an error") {
  const TwoVariables t;
  SGD sgd;
  CHECK(sgd.apply_gradients({}) == 0);
  CHECK_THROWS_WITH_AS(sgd.apply_gradients({{t.v0, Tensor()}, {t.v1, Tensor()}}),
                       "SGD: No gradients provided for any variable: v0, v1", ValueError);
  CHECK(sgd.iterations() == 0);
}

TEST_CASE("a wrong gradient is refused before any variable moves") {
  const TwoVariables t;
  SGD sgd({.learning_rate = 1});
  CHECK_THROWS_WITH_AS(sgd.apply_gradients({pair(t.v0, 1), {t.v1, zeros({3}, float64)}}),
                       "SGD: the gradient of v1 must have shape (2,); got (3,)", ValueError);
  CHECK_THROWS_WITH_AS(sgd.apply_gradients({pair(t.v0, 1), {t.v1, zeros({2})}}),
                       "SGD: the gradient of v1 must be float64; got float32", TypeError);
  CHECK_THROWS_WITH_AS(sgd.apply_gradients({pair(t.v0, 1), {Variable(), zeros({2})}}),
                       "SGD: each gradient needs its variable; got none", ValueError);
  CHECK(values(t.v0) == std::vector<double>{1, 2});
  CHECK(sgd.iterations() == 0);
}

TEST_CASE("a step is not recorded") {
  const TwoVariables t(clipped(-1, 1));
  SGD sgd({.momentum = 0.9, .clipnorm = 0.1});
  const Tape tape;
  sgd.apply_gradients({pair(t.v0, 1)});
  CHECK(tape.size() == 0);
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

TEST_CASE("an optimizer refuses what has no meaning") {
  CHECK_THROWS_WITH_AS(SGD({.learning_rate = -1}), "SGD: learning_rate must be >= 0; got -1",
                       ValueError);
  CHECK_THROWS_WITH_AS(SGD({.name = "mine", .decay = -0.5}), "mine: decay must be >= 0; got -0.5",
                       ValueError);
  CHECK_THROWS_WITH_AS(SGD({.clipnorm = -1}), "SGD: clipnorm must be >= 0; got -1", ValueError);
  CHECK_THROWS_WITH_AS(SGD({.clipvalue = -2}), "SGD: clipvalue must be >= 0; got -2", ValueError);
  CHECK_THROWS_WITH_AS(SGD({.global_clipnorm = NAN}), "SGD: global_clipnorm must be >= 0; got nan",
                       ValueError);
  CHECK_THROWS_WITH_AS(SGD({.clipnorm = 1, .global_clipnorm = 2}),
                       "SGD: clipnorm and global_clipnorm cannot both be given; got 1 and 2",
                       ValueError);
  SGD sgd;
  CHECK_THROWS_WITH_AS(sgd.set_iterations(-1), "SGD: iterations must be >= 0; got -1", ValueError);
  CHECK_THROWS_WITH_AS(sgd.set_learning_rate(-1), "SGD: learning_rate must be >= 0; got -1",
                       ValueError);
}

TEST_CASE("a schedule that turns negative is refused before the step") {
  const Variable v(full({1}, 1.0));
  SGD sgd({.learning_rate = [](Index) { return -1.0; }});
  CHECK_THROWS_WITH_AS(sgd.apply_gradients({pair(v, 1)}), "SGD: learning_rate must be >= 0; got -1",
                       ValueError);
  CHECK(values(v) == std::vector<double>{1});
}

TEST_CASE("the config has the clipping only where it is set") {
  const Parameters want{{"name", "SGD"}, {"learning_rate", 0.1}, {"decay", 0},
                        {"clipnorm", 2}, {"momentum", 0.5},      {"nesterov", true}};
  CHECK(
      SGD({.learning_rate = 0.1, .momentum = 0.5, .nesterov = true, .clipnorm = 2}).get_config() ==
      want);
  CHECK_THROWS_WITH_AS(SGD({.learning_rate = [](Index) { return 1.0; }}).get_config(),
                       "SGD: learning_rate must be a number in a config; got a function",
                       ValueError);
}
