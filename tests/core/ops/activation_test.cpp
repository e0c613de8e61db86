#include <reel/core/tape.h>

#include "unary_case.h"

#include <cmath>
#include <limits>

using namespace reel;

namespace {

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

const std::vector<UnaryCase> cases{
    {"sigmoid", [](const Tensor& x) { return sigmoid(x); }, sigmoid_of, anywhere},
    {"softplus", [](const Tensor& x) { return softplus(x); },
     [](double x) { return std::log(1 + std::exp(x)); }, anywhere},
    {"softsign", [](const Tensor& x) { return softsign(x); },
     [](double x) { return x / (1 + std::abs(x)); }, anywhere},
    {"relu", [](const Tensor& x) { return relu(x); }, [](double x) { return std::max(x, 0.0); },
     anywhere},
    {"relu6",
     [](const Tensor& x) { return relu6(x); },
     [](double x) { return std::min(6.0, std::max(x, 0.0)); },
     {-1.5, 0.4, 5.5, 7.0}},
    {"leaky_relu", [](const Tensor& x) { return leaky_relu(x); },
     [](double x) { return x > 0 ? x : 0.2 * x; }, anywhere},
    {"leaky_relu of slope 0.01", [](const Tensor& x) { return leaky_relu(x, 0.01); },
     [](double x) { return x > 0 ? x : 0.01 * x; }, anywhere},
    {"elu", [](const Tensor& x) { return elu(x); },
     [](double x) { return x > 0 ? x : std::exp(x) - 1; }, anywhere},
    {"elu of alpha 1.5", [](const Tensor& x) { return elu(x, 1.5); },
     [](double x) { return x > 0 ? x : 1.5 * (std::exp(x) - 1); }, anywhere},
    {"selu", [](const Tensor& x) { return selu(x); },
     [](double x) {
       return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (std::exp(x) - 1));
     },
     anywhere},
    {"gelu", [](const Tensor& x) { return gelu(x); },
     [](double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); }, anywhere},
    {"gelu_tanh", [](const Tensor& x) { return gelu_tanh(x); },
     [](double x) {
       return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
     },
     anywhere},
    {"swish", [](const Tensor& x) { return swish(x); }, [](double x) { return x * sigmoid_of(x); },
     anywhere},
    {"mish", [](const Tensor& x) { return mish(x); },
     [](double x) { return x * std::tanh(std::log(1 + std::exp(x))); }, anywhere},
    {"hard_sigmoid", [](const Tensor& x) { return hard_sigmoid(x); },
     [](double x) { return std::min(1.0, std::max(0.0, 0.2 * x + 0.5)); }, anywhere},
};

}  // namespace

TEST_CASE("every activation follows its formula, with right first and second gradients") {
  check_unary_cases(cases);
}

// Proves: 3.4 gradients at kinks
TEST_CASE("3.4 at their kinks the activations have the gradients of TensorFlow's kernels") {
  const auto slope = [](Tensor (*op)(const Operand&), double at, DType dtype) {
    return slope_of([op](const Tensor& x) { return op(x); }, Tensor(at, dtype)).item();
  };
  for (DType dtype : {float32, float64}) {
    CAPTURE(name_of(dtype));
    CHECK(slope(relu, 0, dtype) == 0);
    CHECK(slope(relu6, 0, dtype) == 0);
    CHECK(slope(relu6, 6, dtype) == 0);
    CHECK(slope(selu, 0, dtype) == doctest::Approx(1.0507009873554805));
    CHECK(slope(softsign, 0, dtype) == 1);
    CHECK(slope(hard_sigmoid, 2.5, dtype) == doctest::Approx(0.2));
    CHECK(slope(hard_sigmoid, -2.5, dtype) == doctest::Approx(0.2));
    CHECK(slope(hard_sigmoid, -2.75, dtype) == 0);
    const Tensor zero(0.0, dtype);
    CHECK(slope_of([](const Tensor& x) { return elu(x, 3.0); }, zero).item() == 1);
    CHECK(slope_of([](const Tensor& x) { return leaky_relu(x, 0.25); }, zero).item() == 0.25);
  }
}

TEST_CASE("no activation and no gradient of one is NaN at large arguments") {
  for (const UnaryCase& c : cases)
    for (DType dtype : {float32, float64}) {
      const Tensor x({-1000, -104, -88, 88, 104, 1000}, dtype);
      Tape outer;
      outer.watch(x);
      Tensor y, dx;
      {
        Tape inner;
        inner.watch(x);
        y = c.op(x);
        dx = inner.gradient(y, x);
      }
      const Tensor ddx = outer.gradient(dx, x, {.unconnected = Unconnected::zeros});
      CAPTURE(c.name);
      for (Index i = 0; i < x.size(); ++i) {
        CHECK(std::isfinite(y.at(i)));
        CHECK(std::isfinite(dx.at(i)));
        CHECK(std::isfinite(ddx.at(i)));
      }
    }
}

TEST_CASE(
    "far out, and at infinity, smooth activations have the values and slopes of their limits") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (Tensor (*op)(const Operand&) : {gelu, gelu_tanh, swish, mish})
    for (DType dtype : {float32, float64})
      for (double far : {1e14, 1e20, 1e30, 3e38, infinity}) {
        const Tensor x({-far, far}, dtype);
        Tape tape;
        tape.watch(x);
        const Tensor y = op(x), dx = tape.gradient(y, x);
        CAPTURE(name_of(dtype));
        CAPTURE(far);
        CHECK(y.at(0) == 0);
        CHECK(y.at(1) == x.at(1));
        CHECK(dx.at(0) == 0);
        CHECK(dx.at(1) == 1);
      }
}

TEST_CASE("the tails of gelu, softplus and sigmoid keep their relative accuracy") {
  CHECK(gelu(Tensor(-10.0, float64)).item() ==
        doctest::Approx(-7.619853024160582e-23).epsilon(1e-12));
  CHECK(softplus(Tensor(-40.0, float64)).item() ==
        doctest::Approx(4.248354255291589e-18).epsilon(1e-12));
  CHECK(sigmoid(Tensor(-500.0, float64)).item() ==
        doctest::Approx(7.124576406741286e-218).epsilon(1e-12));
  CHECK(softplus(Tensor(1000.0)).item() == 1000);
}

TEST_CASE("relu lets NaN through, so that a broken network shows") {
  for (Tensor (*op)(const Operand&) : {relu, relu6, selu, hard_sigmoid})
    CHECK(std::isnan(op(Tensor(NAN)).item()));
}

TEST_CASE("an activation wants a tensor and says so") {
  CHECK_THROWS_WITH_AS(relu(1), "relu: a tensor is needed; got the number 1", TypeError);
  CHECK_THROWS_WITH_AS(selu(0.5), "selu: a tensor is needed; got the number 0.5", TypeError);
}
