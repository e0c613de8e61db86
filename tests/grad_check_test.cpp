#include <doctest/doctest.h>

#include <sstream>

#include <reel/core/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/record.h>

using namespace reel;

namespace {

const Tensor x({0.5, -1.25, 2.0}, float64);

// x^2 with a gradient of the caller's choice.
Tensor square_with_rule(const Tensor& x, Tensor (*rule)(const Tensor& x, const Tensor& dy)) {
  const Tensor y = stop_gradient(x) * stop_gradient(x);
  return record("square_with_rule", y, wrt(x, [x, rule](const Tensor& dy) { return rule(x, dy); }));
}

}  // namespace

TEST_CASE("a right rule passes at both orders") {
  const auto report = check_gradients([](const Tensor& x) { return x * x * x; }, x);
  CHECK(report);
  CHECK(report.worst_error < 1e-6);
}

TEST_CASE("a wrong factor is found, with the entry and both values") {
  const auto report = check_gradients(
      [](const Tensor& x) {
        return square_with_rule(x, [](const Tensor& x, const Tensor& dy) { return 3.0 * dy * x; });
      },
      x);
  CHECK_FALSE(report);
  CHECK(report.message.find("order 1: the gradient of input 0 at element") == 0);
}

TEST_CASE("a flipped sign is found") {
  CHECK_FALSE(check_gradients(
      [](const Tensor& x) {
        return square_with_rule(x, [](const Tensor& x, const Tensor& dy) { return -2.0 * dy * x; });
      },
      x));
}

TEST_CASE("a rule that forgets to record itself passes at order 1 and fails at order 2") {
  const auto forgetful = [](const Tensor& x) {
    return square_with_rule(
        x, [](const Tensor& x, const Tensor& dy) { return 2.0 * dy * stop_gradient(x); });
  };
  CHECK(check_gradients(forgetful, x, {.order = 1}));
  const auto report = check_gradients(forgetful, x);
  CHECK_FALSE(report);
  CHECK(report.message.find("order 2: the gradient of input 0 at element") == 0);
}

TEST_CASE("an input that a function does not use has the gradient zero") {
  CHECK(check_gradients([](const std::vector<Tensor>& xs) { return xs[0] * 2.0; }, {x, x * 1.0}));
}

TEST_CASE("checks are made in float64 only") {
  CHECK_THROWS_WITH_AS(check_gradients([](const Tensor& x) { return x; }, Tensor{1}),
                       "check_gradients: inputs must be float64; got float32", TypeError);
}

TEST_CASE("a report prints what it found") {
  GradCheckReport report;
  report.worst_error = 2.5e-9;
  std::ostringstream out;
  out << report;
  CHECK(out.str() == "gradients agree to 2.5e-09");
}
