// The gradient check where functions are steep or end close by, and where one tensor comes twice.
#include <doctest/doctest.h>

#include <functional>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>

using namespace reel;

namespace {

struct Steep {
  const char* name;
  std::function<Tensor(const Tensor&)> f;
  std::vector<double> places;
};

const std::vector<Steep> steep = {
    {"reciprocal",
     [](const Tensor& x) { return reciprocal(x); },
     {1e-3, 1e-5, 1e-6, -1e-6, 3e-8, 1e-12, 1e-30}},
    {"1 / x", [](const Tensor& x) { return 1.0 / x; }, {1e-6, -2e-7}},
    {"1 / (x - 3)", [](const Tensor& x) { return 1.0 / (x - 3.0); }, {3 + 0x1p-20, 3 - 0x1p-18}},
    {"1 / x^2", [](const Tensor& x) { return 1.0 / square(x); }, {1e-5, -1e-6}},
    {"log", [](const Tensor& x) { return log(x); }, {1e-5, 1e-6, 1e-8}},
    {"sqrt", [](const Tensor& x) { return sqrt(x); }, {1e-5, 1e-6, 1e-8}},
    {"rsqrt", [](const Tensor& x) { return rsqrt(x); }, {1e-5, 1e-6, 1e-8}},
    {"tanh(1e6 x)",
     [](const Tensor& x) { return tanh(1e6 * x); },
     {0.0, 1e-7, -3e-7, 1.5e-6, 1e-15, 1e-12, 4e-9}},
    {"tanh(1e4 x)", [](const Tensor& x) { return tanh(1e4 * x); }, {1e-13, -1e-9, 1e-6}},
    {"tanh(1e8 x)", [](const Tensor& x) { return tanh(1e8 * x); }, {1e-17, 1e-12}},
    {"tanh(1e9 x)", [](const Tensor& x) { return tanh(1e9 * x); }, {0.0, 1e-10, -3e-10}},
    {"sigmoid(1e8 x)", [](const Tensor& x) { return sigmoid(1e8 * x); }, {1e-17, -2e-14}},
    {"sin(1e5 x)", [](const Tensor& x) { return sin(1e5 * x); }, {1e-7, 30.0, -1e3}},
    {"sin(1e7 x)", [](const Tensor& x) { return sin(1e7 * x); }, {1e4, -3e2}},
    {"sigmoid(1e7 x)", [](const Tensor& x) { return sigmoid(1e7 * x); }, {1e-8, -2e-7}},
    {"exp(-1e5 x)", [](const Tensor& x) { return exp(-1e5 * x); }, {1e-6, -1e-5}},
    {"sin(1e6 x)", [](const Tensor& x) { return sin(1e6 * x); }, {1e-7, 0.25, 1.0}},
    {"softplus(1e6 x)", [](const Tensor& x) { return softplus(1e6 * x); }, {1e-7, -1e-6}},
    {"x / |x|", [](const Tensor& x) { return x * rsqrt(square(x) + 1e-14); }, {1e-8, 3e-7}},
};

}  // namespace

TEST_CASE("a right rule is right however steep the function is, and however close a pole") {
  for (const Steep& s : steep)
    for (double place : s.places) {
      CAPTURE(s.name);
      CAPTURE(place);
      const auto report = check_gradients(s.f, Tensor({place}, float64));
      CHECK_MESSAGE(report.passed, report.message);
      const auto among_others = check_gradients(s.f, Tensor({place, 2.0, 5.0}, float64));
      CHECK_MESSAGE(among_others.passed, among_others.message);
    }
}

TEST_CASE("where differences can tell nothing, no right rule is called wrong") {
  const auto check = [](const std::function<Tensor(const Tensor&)>& f, double place) {
    const auto report = check_gradients(f, Tensor({place}, float64));
    CHECK_MESSAGE(report.verdict != GradCheckVerdict::wrong, report.message);
  };
  for (const double place : {1e-15, 1e6, -1e6, 1e9, -1e9, 3e9, 7.25e8})
    for (const double speed : {1e5, 3e5})
      check([speed](const Tensor& x) { return sin(speed * x); }, place);
  for (const double place : {1e-20, -3e-18, 1e-16})
    for (const double slope : {1e6, 1e8})
      check([slope](const Tensor& x) { return tanh(slope * x); }, place);
}

TEST_CASE("a right rule beside a kink that is closer than the first steps is right") {
  for (double place : {1e-6, 1e-9, 2e-11}) {
    const auto report = check_gradients([](const Tensor& x) { return relu(1e6 * x); },
                                        Tensor({place}, float64), {.order = 1});
    CHECK_MESSAGE(report.passed, report.message);
  }
}

TEST_CASE("a wrong rule is found on a steep slope and close to a pole, too") {
  for (const Steep& s : steep)
    for (double place : s.places)
      for (double factor : {-1.0, 1.01, 2.0}) {
        CAPTURE(s.name);
        CAPTURE(place);
        CAPTURE(factor);
        // The value of f, the gradient of factor * f.
        const auto wrong = [&](const Tensor& x) {
          return stop_gradient((1 - factor) * s.f(x)) + factor * s.f(x);
        };
        const auto report = check_gradients(wrong, Tensor({place}, float64), {.order = 1});
        CHECK_FALSE(report);
        CHECK(report.verdict == GradCheckVerdict::wrong);
        CHECK(report.rule / report.difference == doctest::Approx(factor).epsilon(1e-3));
      }
}

TEST_CASE("a huge difference across a pole hides no wrong rule elsewhere") {
  // The first step leads to 1e-12, where a difference is 5e16 and the slope 1e10.
  const Tensor x({1e-5 + 1e-12, 2.0}, float64);
  const auto f = [](const Tensor& x) {
    const Tensor y = 1.0 / x;
    return y + stop_gradient(Tensor({0, 1}, float64) * y) - Tensor({0, 1}, float64) * y;
  };
  const auto report = check_gradients(f, x, {.order = 1, .tolerance = 1e-14});
  CHECK_FALSE(report);
  CHECK(report.position == std::vector<Index>{1});
}

TEST_CASE("one tensor given as several inputs is one source") {
  const Tensor a({1.5, -0.5}, float64), b({2.0, 0.25}, float64);
  const auto product = [](const std::vector<Tensor>& xs) {
    Tensor y = xs[0];
    for (std::size_t i = 1; i < xs.size(); ++i) y = y * xs[i];
    return y;
  };
  for (const std::vector<Tensor>& inputs :
       std::vector<std::vector<Tensor>>{{a, a}, {a, a, a}, {a, b, a}, {b, a, a, b}}) {
    const auto report = check_gradients(product, inputs);
    CHECK_MESSAGE(report.passed, report.message);
  }
  const auto wrong = [](const std::vector<Tensor>& xs) { return xs[0] * stop_gradient(xs[1]); };
  const auto report = check_gradients(wrong, {a, a}, {.name = "mine"});
  CHECK(report.source == "inputs 0 and 1");
  CHECK(report.message.starts_with("mine: gradient of inputs 0 and 1 (2,) is wrong at "));
  CHECK(check_gradients(wrong, {a, b}).source == "input 1");
}

TEST_CASE("what a function also knows from elsewhere is a constant to it") {
  const Tensor a({1.5, -0.5}, float64);
  CHECK(check_gradients([&](const Tensor& x) { return x * a; }, a));
  CHECK(check_gradients([&](const std::vector<Tensor>& xs) { return xs[0] * a * xs[1]; }, {a, a}));
}

TEST_CASE("a variable named twice, or also given by its value, is checked once, or apart") {
  const Variable w(Tensor({1.5, -0.5}, float64), {.name = "w"});
  const auto f = [&](const Tensor& x) { return x * w * w; };
  CHECK(check_gradients(f, Tensor({2.0, 3.0}, float64), {.variables = {w, w}}));
  CHECK(check_gradients(f, w.value(), {.variables = {w, w, w}}));
}

TEST_CASE("to compute in float64 is advised only where something is cast") {
  const std::string advice = "compute in float64 throughout or ";
  const Tensor x({0.5}, float64);
  const auto message = [&](const std::function<Tensor(const Tensor&)>& f) {
    const auto report = check_gradients(f, x);
    CHECK(report.verdict == GradCheckVerdict::rounding);
    CHECK(report.message.ends_with("allow a larger tolerance"));
    return report.message;
  };
  CHECK(message([](const Tensor& x) {
          return cast(cast(exp(x) + 1e4, float32), float64);
        }).find(advice) != std::string::npos);
  CHECK(message([](const Tensor& x) { return exp(x) + (1e13 + x) - 1e13; }).find(advice) ==
        std::string::npos);
}
