#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/layers/functions/activations.h>

using namespace reel;

namespace {

struct Options {  // as a layer has it
  Activation activation = {};
};

std::vector<double> applied(const Activation& activation, const std::vector<double>& values) {
  const Tensor x(values, {1, static_cast<Index>(values.size())});
  return resolve(activation, "dense: activation")(x).to_vector();
}

void check_close(const std::vector<double>& got, const std::vector<double>& want) {
  REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    CHECK(got[i] == doctest::Approx(want[i]).epsilon(1e-12));
}

}  // namespace

// Proves: activations: selu; 0 activations; 3.4 formulas
TEST_CASE("3.4 each activation by name is its formula") {
  struct Row {
    const char* name;
    double (*formula)(double);
  };
  const Row rows[] = {
      {"linear", [](double v) { return v; }},
      {"relu", [](double v) { return v > 0 ? v : 0.0; }},
      {"relu6", [](double v) { return v < 0   ? 0.0
                                      : v > 6 ? 6.0
                                              : v; }},
      {"leaky_relu", [](double v) { return v > 0 ? v : 0.2 * v; }},
      {"elu", [](double v) { return v > 0 ? v : std::exp(v) - 1; }},
      {"selu",
       [](double v) {
         return 1.0507009873554805 * v * (v > 0) +
                1.7580993408473766 * (std::exp(v) - 1) * (v <= 0);
       }},
      {"sigmoid", [](double v) { return 1 / (1 + std::exp(-v)); }},
      {"hard_sigmoid", [](double v) { return std::fmin(std::fmax(0.2 * v + 0.5, 0), 1); }},
      {"tanh", [](double v) { return std::tanh(v); }},
      {"softsign", [](double v) { return v / (1 + std::abs(v)); }},
      {"softplus", [](double v) { return std::log(1 + std::exp(v)); }},
      {"exponential", [](double v) { return std::exp(v); }},
      {"swish", [](double v) { return v / (1 + std::exp(-v)); }},
      {"silu", [](double v) { return v / (1 + std::exp(-v)); }},
      {"gelu", [](double v) { return 0.5 * v * (1 + std::erf(v / std::sqrt(2.0))); }},
      {"gelu_tanh",
       [](double v) {
         return 0.5 * v * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v)));
       }},
      {"mish", [](double v) { return v * std::tanh(std::log(1 + std::exp(v))); }},
  };
  const std::vector<double> xs{-7.0, -2.5, -0.3, 0.4, 2.0, 7.5};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    std::vector<double> want;
    for (double x : xs) want.push_back(row.formula(x));
    check_close(applied(row.name, xs), want);
  }
}

TEST_CASE("no activation is the linear one") {
  CHECK(resolve(Activation(), "dense: activation").name() == "linear");
  CHECK(resolve(nullptr, "dense: activation") == resolve("linear", "dense: activation"));
}

TEST_CASE("3.4 an op, a closure and a name can stand for an activation") {
  check_close(applied(Options{.activation = relu}.activation, {-1, 2}), {0, 2});
  check_close(applied(Options{.activation = "relu"}.activation, {-1, 2}), {0, 2});
  check_close(applied([](const Tensor& x) { return 2.0 * x; }, {-1, 2}), {-2, 4});
  check_close(applied(Options{.activation = leaky_relu}.activation, {-1, 2}), {-0.2, 2});
  check_close(applied(Options{.activation = elu}.activation, {-1}), {std::exp(-1) - 1});
  const double e = std::exp(1);
  check_close(applied(Options{.activation = softmax}.activation, {0, 1}),
              {1 / (1 + e), e / (1 + e)});
}

TEST_CASE("an op that is given without its name is recognised and equals the name") {
  const Activation given = relu;
  const Activation resolved = resolve(given, "dense: activation");
  CHECK(resolved.name() == "relu");
  CHECK(resolved == given);
  CHECK(resolved == Activation(relu));
  CHECK(resolved == resolve("relu", "dense: activation"));
  CHECK_FALSE(resolved == Activation(tanh));
  CHECK(resolve(softmax, "dense: activation").name() == "softmax");
}

// Proves: 3.4 functions
TEST_CASE("3.4 a closure passes through and equals its copies only") {
  const Activation given = [](const Tensor& x) { return x; };
  const Activation same = resolve(given, "dense: activation");
  CHECK(same == given);
  CHECK(same.name().empty());
  CHECK_FALSE(same == Activation([](const Tensor& x) { return x; }));
}

// Proves: 3.4 relu's parameters
TEST_CASE("3.4 relu takes a slope, a maximum and a threshold") {
  const Activation by_factory =
      activations::relu({.alpha = 0.5, .max_value = 3.0, .threshold = 1.0});
  const Activation by_name{"relu", {{"alpha", 0.5}, {"max_value", 3.0}, {"threshold", 1}}};
  const std::vector<double> xs{-3, 0.5, 1, 1.5, 3, 4}, want{-2, -0.25, 0, 1.5, 3, 3};
  check_close(applied(by_factory, xs), want);
  check_close(applied(by_name, xs), want);
  CHECK(resolve(by_name, "dense: activation") == by_factory);
}

TEST_CASE("relu with parameters keeps infinities and what is not a number") {
  const double inf = std::numeric_limits<double>::infinity();
  const auto y = applied(activations::relu({.threshold = 1.0}), {-inf, inf, std::nan("")});
  CHECK(y[0] == 0);
  CHECK(y[1] == inf);
  CHECK(std::isnan(y[2]));
}

TEST_CASE("the gradients of activations with parameters are right") {
  const Tensor x({{-3.1, 0.4}, {1.6, 4.2}}, float64);
  CHECK(check_gradients(
      [](const Tensor& t) {
        return activations::relu({.alpha = 0.5, .max_value = 3.0, .threshold = 1.0})(t);
      },
      x));
  CHECK(check_gradients([](const Tensor& t) { return activations::softmax({-1})(t); }, x));
  CHECK(check_gradients([](const Tensor& t) { return activations::softmax({0, 1})(t); }, x));
  CHECK(check_gradients([](const Tensor& t) { return activations::elu(0.5)(t); }, x));
}

// Proves: activations: test_softmax_3d_axis_tuple; 3.4 softmax
TEST_CASE("3.4 softmax over several axes sums to one over all of them") {
  const Tensor x({{{1, 2}, {3, 4}}, {{5, 6}, {7, 9}}}, float64);
  const auto y = activations::softmax({1, 2})(x).to_vector();
  for (std::size_t n : {0u, 4u})
    CHECK(y[n] + y[n + 1] + y[n + 2] + y[n + 3] == doctest::Approx(1).epsilon(1e-12));
  CHECK(y[1] / y[0] == doctest::Approx(std::exp(1)).epsilon(1e-12));
}

// Proves: activations: test_softmax; 3.4 softmax
TEST_CASE("3.4 softmax wants a batch axis") {
  CHECK_THROWS_WITH_AS(resolve("softmax", "net")(Tensor{1, 2}),
                       "softmax: the tensor must have a batch axis and more; got shape (2,)",
                       ValueError);
}

// Proves: activations: test_invalid_usage
TEST_CASE(
    "3.4 an unknown activation is refused when it is resolved, with the names that are known") {
  const Activation foo = "Relu";
  CHECK_THROWS_WITH_AS(
      resolve(foo, "cnn/dense: activation"),
      "cnn/dense: activation: Unknown activation: 'Relu'; known are linear, relu, relu6, "
      "leaky_relu, elu, selu, sigmoid, hard_sigmoid, tanh, softsign, softplus, exponential, swish, "
      "silu, gelu, gelu_tanh, mish, softmax, log_softmax, ReLU, LeakyReLU, ELU, ThresholdedReLU, "
      "Softmax; a function can be given instead",
      ValueError);
}

TEST_CASE("parameters of a named activation are checked") {
  CHECK_THROWS_WITH_AS(resolve({"relu", {{"slope", 1.0}}}, "dense: activation"),
                       "dense: activation: 'relu' has no parameter 'slope'", TypeError);
  CHECK_THROWS_WITH_AS(resolve({"relu", {{"alpha", "steep"}}}, "dense: activation"),
                       "dense: activation: parameter 'alpha' of 'relu' must be a number",
                       ValueError);
  CHECK_THROWS_WITH_AS(resolve({"relu", {{"max_value", -1}}}, "dense: activation"),
                       "dense: activation: relu: max_value must not be below threshold 0; got -1",
                       ValueError);
}

TEST_CASE("a name that was not resolved cannot be called") {
  CHECK_THROWS_WITH_AS(Activation("relu")(Tensor(1.0)),
                       "a function given by name must be resolved before it is called; got 'relu'",
                       RuntimeError);
}
