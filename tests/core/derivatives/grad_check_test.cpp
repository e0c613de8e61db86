// check_gradients on rules that are right, wrong in one way each, or not to be decided.
#include <doctest/doctest.h>

#include <cmath>
#include <sstream>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/ops/random.h>
#include <reel/core/record.h>

using namespace reel;

namespace {

const Tensor x({0.5, -1.25, 2.0}, float64);

// y by ops that are not recorded, and whatever rule is wanted.
template <class Rule>
Tensor with_rule(const Tensor& x, const Tensor& y, Rule rule) {
  return record("my_op", y, wrt(x, rule));
}

Tensor squared(const Tensor& x) {
  const PauseRecording pause;
  return x * x;
}

}  // namespace

TEST_CASE("a right rule passes at both orders") {
  const auto report = check_gradients([](const Tensor& x) { return x * x * x; }, x);
  CHECK(report);
  CHECK(report.message == "");
  CHECK(report.verdict == GradCheckVerdict::right);
  CHECK(report.worst_error > 0);
  CHECK(report.worst_error < 1e-8);
  CHECK(report.worst_second_error > 0);
  CHECK(report.worst_second_error < 1e-8);
}

TEST_CASE("a flipped sign is named, with the entry and both values") {
  const auto f = [](const Tensor& x) {
    return with_rule(x, squared(x), [x](const Tensor& dy) { return -2.0 * dy * x; });
  };
  const auto report = check_gradients(f, x, {.output_gradient = Tensor({1, 1, 1}, float64)});
  CHECK_FALSE(report);
  CHECK(report.verdict == GradCheckVerdict::wrong);
  CHECK(report.pattern == GradCheckPattern::sign);
  CHECK(report.order == 1);
  CHECK(report.source == "input 0");
  CHECK(report.position == std::vector<Index>{2});
  CHECK(report.rule == -4);
  CHECK(report.difference == doctest::Approx(4));
  CHECK(report.message ==
        "my_op: gradient of input 0 (3,) is wrong at (2,): rule says -4, differences say 4 (ratio "
        "-1): the sign looks flipped");
}

TEST_CASE("a constant factor is named") {
  const auto report = check_gradients(
      [](const Tensor& x) {
        return with_rule(x, squared(x), [x](const Tensor& dy) { return 3.0 * dy * x; });
      },
      x, {.name = "mine"});
  CHECK(report.pattern == GradCheckPattern::factor);
  CHECK(report.message.starts_with("mine: gradient of input 0 (3,) is wrong at "));
  CHECK(report.message.ends_with("(ratio 1.5): off by a constant factor of 1.5"));
}

TEST_CASE("a rule that forgets to record itself passes at order 1 and fails at order 2") {
  const auto forgetful = [](const Tensor& x) {
    return with_rule(x, squared(x), [x](const Tensor& dy) { return 2.0 * dy * stop_gradient(x); });
  };
  CHECK(check_gradients(forgetful, x, {.order = 1}));
  const auto report = check_gradients(forgetful, x);
  CHECK_FALSE(report);
  CHECK(report.order == 2);
  CHECK(report.pattern == GradCheckPattern::unrecorded);
  CHECK(report.message.starts_with("my_op: second-order gradient of input 0 (3,) is wrong at ("));
}

TEST_CASE("a rule that forgets what it is given is found at second order") {
  const auto report = check_gradients(
      [](const Tensor& x) {
        return with_rule(x, squared(x),
                         [x](const Tensor& dy) { return 2.0 * stop_gradient(dy) * x; });
      },
      x);
  CHECK_FALSE(report);
  CHECK(report.source == "the output gradient");
}

TEST_CASE("a fused rule that is right and a composed one that is not are told apart") {
  const auto report = check_gradients(
      [](const Tensor& x) {
        return with_rule(x, squared(x),
                         [x](const Tensor& dy) { return (recording() ? -2.0 : 2.0) * dy * x; });
      },
      x);
  CHECK(report.order == 1);
  CHECK(report.pattern == GradCheckPattern::sign);
  CHECK(report.message.find(" when the sweep is recorded: rule says ") != std::string::npos);
}

TEST_CASE("a rule that is not linear in what it is given is named") {
  const auto report = check_gradients(
      [](const Tensor& x) {
        return with_rule(x, squared(x), [x](const Tensor& dy) { return 2.0 * dy * dy * x; });
      },
      x);
  CHECK(report.pattern == GradCheckPattern::not_linear);
}

TEST_CASE("a rule that makes NaN is wrong") {
  const auto report = check_gradients(
      [](const Tensor& x) {
        return with_rule(x, squared(x), [](const Tensor& dy) { return dy * std::nan(""); });
      },
      x);
  CHECK(report.verdict == GradCheckVerdict::wrong);
  CHECK(report.pattern == GradCheckPattern::not_finite);
}

TEST_CASE("a rule that throws is wrong, and its error is shown") {
  const auto report = check_gradients(
      [](const Tensor& x) {
        return with_rule(x, squared(x), [](const Tensor& dy) { return slice(dy, {0}, {2}); });
      },
      x);
  CHECK_FALSE(report);
  CHECK(report.pattern == GradCheckPattern::throws);
  CHECK(report.message ==
        "my_op: a gradient rule throws: my_op: a gradient rule must return shape (3,); got (2,)");
  const auto second = check_gradients(
      [](const Tensor& x) {
        return with_rule(x, squared(x), [x](const Tensor& dy) {
          if (!recording()) return 2.0 * dy * x;
          return with_rule(x, stop_gradient(2.0 * dy * x),
                           [](const Tensor&) -> Tensor { throw ValueError("no second order"); });
        });
      },
      x);
  CHECK(second.message == "my_op: a second-order gradient rule throws: no second order");
}

TEST_CASE("an error of the function itself is the caller's") {
  const auto picky = [](const Tensor& x) {
    if (x.at(0) != 0.5) throw ValueError("picky: x[0] must be 0.5; got {}", x.at(0));
    return x * 2.0;
  };
  CHECK_THROWS_AS(check_gradients(picky, x), ValueError);
}

TEST_CASE("a rule is wrong however small the function is") {
  const auto f = [](double factor) {
    return [factor](const Tensor& x) {
      const Tensor y = 1e-9 * squared(x);
      return with_rule(x, stop_gradient(y),
                       [x, factor](const Tensor& dy) { return factor * dy * x; });
    };
  };
  CHECK(check_gradients(f(2e-9), x));
  CHECK_FALSE(check_gradients(f(2.1e-9), x));
}

TEST_CASE("a kink is told from a wrong rule") {
  const Tensor at_zero({0.5, 0.0}, float64);
  const auto report = check_gradients([](const Tensor& x) { return relu(x); }, at_zero,
                                      {.output_gradient = Tensor({1, 1}, float64)});
  CHECK_FALSE(report);
  CHECK(report.verdict == GradCheckVerdict::kink);
  CHECK(report.pattern == GradCheckPattern::none);
  CHECK(report.message ==
        "relu: gradient of input 0 (2,) does not exist at (1,): the function has a kink there, "
        "with slope 0 before and 1 after; move the input away");
}

TEST_CASE("a jump is told from a wrong rule") {
  const auto report = check_gradients([](const Tensor& x) { return greater(x, 0.5) + x; }, x);
  CHECK(report.verdict == GradCheckVerdict::kink);
  CHECK(report.message.ends_with("the function jumps there; move the input away"));
}

TEST_CASE("a kink closer than the step does not spoil a right rule") {
  CHECK(check_gradients([](const Tensor& x) { return relu(x); }, Tensor({3e-6, -2e-6}, float64)));
}

TEST_CASE("a slope that is on neither side of a kink is wrong") {
  const auto with_slope = [](double slope) {
    return [slope](const Tensor& x) {
      return with_rule(x, stop_gradient(relu(x)), [slope](const Tensor& dy) { return dy * slope; });
    };
  };
  const Tensor zero({0.0}, float64);
  CHECK(check_gradients(with_slope(3.0), zero).verdict == GradCheckVerdict::wrong);
  CHECK(check_gradients(with_slope(0.3), zero).verdict == GradCheckVerdict::kink);
}

TEST_CASE("rounding is told from a wrong rule") {
  const auto coarse = [](const Tensor& x) { return cast(cast(exp(x) + 1e4, float32), float64); };
  const auto report = check_gradients(coarse, x);
  CHECK_FALSE(report);
  CHECK(report.verdict == GradCheckVerdict::rounding);
  CHECK(report.message.find("are only certain to ") != std::string::npos);
  CHECK(check_gradients(coarse, x, {.order = 1, .step = 0.1, .tolerance = 0.05}));
}

TEST_CASE("where rounding hides the tolerance, three digits are enough and the report says so") {
  const auto report = check_gradients(
      [](const Tensor& x) { return cast(cast(exp(x), float32), float64); }, x, {.order = 1});
  CHECK(report);
  CHECK(report.worst_error > 1e-6);
  CHECK(report.worst_error < 1e-3);
}

TEST_CASE("a wrong rule is found behind rounding") {
  const auto report = check_gradients(
      [](const Tensor& x) {
        return with_rule(x, stop_gradient(cast(cast(squared(x), float32), float64)),
                         [x](const Tensor& dy) { return -2.0 * dy * x; });
      },
      x);
  CHECK(report.verdict == GradCheckVerdict::wrong);
}

TEST_CASE("a function that is not deterministic is refused") {
  int calls = 0;
  const auto report = check_gradients(
      [&](const Tensor& x) { return x * static_cast<double>(++calls); }, Tensor({0.5}, float64));
  CHECK_FALSE(report);
  CHECK(report.verdict == GradCheckVerdict::varies);
  CHECK(report.message ==
        "mul: two calls with the same inputs give 0.5 and 1: it is not deterministic, so there is "
        "nothing to differentiate");
}

TEST_CASE("gradients of variables are checked, and the variables keep their values") {
  const Variable w(Tensor({{1.5, -0.5}, {0.25, 2.0}}, float64), {.name = "dense/kernel"});
  const Tensor input({{0.5, 1.0}, {-1.0, 0.75}}, float64);
  const GradCheckOptions options{.variables = {w}};
  CHECK(check_gradients([&](const Tensor& x) { return matmul(x, w) * w; }, input, options));
  const auto report = check_gradients(
      [&](const Tensor& x) {
        const Tensor value = w;
        return x + with_rule(value, squared(value),
                             [value](const Tensor& dy) { return dy * transpose(2.0 * value); });
      },
      input, options);
  CHECK_FALSE(report);
  CHECK(report.source == "variable 'dense/kernel'");
  CHECK(report.shape == Shape{2, 2});
  CHECK(w.value().to_vector() == std::vector<double>{1.5, -0.5, 0.25, 2.0});
}

TEST_CASE("one wrong entry of a large input is found and named") {
  const Tensor large = randn({60, 70}, float64, {.seed = 5});
  CHECK(check_gradients([](const Tensor& x) { return square(x); }, large));
  const auto report = check_gradients(
      [](const Tensor& x) {
        return with_rule(x, squared(x), [x](const Tensor& dy) {
          std::vector<double> wrong(4200, 2.0);
          wrong[31 * 70 + 5] = 2.01;
          return dy * x * Tensor(wrong, {60, 70});
        });
      },
      large);
  CHECK_FALSE(report);
  CHECK(report.position == std::vector<Index>{31, 5});
}

TEST_CASE("a large input with a corner near every entry is right between them") {
  const Tensor large = randn({30, 20}, float64, {.seed = 6}) * 1e-3;
  CHECK(check_gradients([](const Tensor& x) { return relu(x); }, large));
}

TEST_CASE("a large input is wrong even where each entry is nearly right") {
  const Tensor large = randn({30, 20}, float64, {.seed = 5});
  CHECK_FALSE(check_gradients(
      [](const Tensor& x) {
        return with_rule(x, squared(x), [x](const Tensor& dy) { return 2.00001 * dy * x; });
      },
      large));
}

TEST_CASE("an input that a function does not use has the gradient zero") {
  CHECK(check_gradients([](const std::vector<Tensor>& xs) { return xs[0] * 2.0; }, {x, x * 1.0}));
}

TEST_CASE("a function of nothing is right") {
  CHECK(check_gradients([](const Tensor& x) { return x * 2.0; }, zeros({0, 3}, float64)));
}

TEST_CASE("the draws of the program stay where they were") {
  const RandomState before = random_state();
  CHECK(check_gradients([](const Tensor& x) { return dropout(x, 0.5); }, x));
  CHECK(random_state() == before);
}

TEST_CASE("checks are made in float64 only") {
  CHECK_THROWS_WITH_AS(check_gradients([](const Tensor& x) { return x; }, Tensor{1}),
                       "check_gradients: inputs must be float64; got float32", TypeError);
  CHECK_THROWS_WITH_AS(check_gradients([](const Tensor& x) { return cast(x, float32); }, x),
                       "check_gradients: the function's result must be float64; got float32",
                       TypeError);
  CHECK_THROWS_WITH_AS(check_gradients([](const Tensor& x) { return x; }, x,
                                       {.variables = {Variable(Tensor(1.0), {.name = "b"})}}),
                       "check_gradients: variable 'b' must be float64; got float32", TypeError);
}

TEST_CASE("an output gradient has the result's shape") {
  CHECK_THROWS_WITH_AS(
      check_gradients([](const Tensor& x) { return x; }, x,
                      {.output_gradient = Tensor({1, 2}, float64)}),
      "check_gradients: output_gradient must have the result's shape (3,); got (2,)", ValueError);
}

TEST_CASE("a report prints what it found") {
  GradCheckReport report;
  report.worst_error = 2.5e-9;
  std::ostringstream out;
  out << report;
  CHECK(out.str() == "gradients agree to 2.5e-09");
  report.passed = false;
  report.message = "what is wrong";
  out << "; " << report;
  CHECK(out.str() == "gradients agree to 2.5e-09; what is wrong");
}
