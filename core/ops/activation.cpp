// The activations of layers. Each is written so that no step overflows where the result is finite.
#include <reel/core/ops/map.h>

namespace reel {

using detail::map;
using detail::times;
using namespace scalar;  // the same names for numbers, for lambdas that are given either

Tensor sigmoid(const Operand& operand) {
  const Tensor& x = operand.tensor("sigmoid");
  const Tensor y = map(x, [](auto v) { return sigmoid(v); });
  return record("sigmoid", y, wrt(x, times(y, [](const auto& r) { return r * (1 - r); })));
}

Tensor softplus(const Operand& operand) {
  const Tensor& x = operand.tensor("softplus");
  const Tensor y = map(x, [](auto v) { return softplus(v); });
  return record("softplus", y, wrt(x, times(x, [](const auto& v) { return sigmoid(v); })));
}

Tensor softsign(const Operand& operand) {
  const Tensor& x = operand.tensor("softsign");
  const Tensor y = map(x, [](auto v) { return v / (1 + abs(v)); });
  const auto slope = [](const auto& v) { return 1 / square(1 + abs(v)); };
  return record("softsign", y, wrt(x, times(x, slope)));
}

Tensor relu(const Operand& operand) {
  const Tensor& x = operand.tensor("relu");
  const Tensor y = map(x, [](auto v) { return v < 0 ? 0 : v; });  // keeps NaN
  return record("relu", y, wrt(x, times(y, [](const auto& r) { return greater(r, 0); })));
}

Tensor relu6(const Operand& operand) {
  const Tensor& x = operand.tensor("relu6");
  const Tensor y = map(x, [](auto v) { return v < 0 ? 0 : v > 6 ? 6 : v; });
  const auto slope = [](const auto& r) { return greater(r, 0) * less(r, 6); };
  return record("relu6", y, wrt(x, times(y, slope)));
}

Tensor leaky_relu(const Operand& operand, double alpha) {
  const Tensor& x = operand.tensor("leaky_relu");
  const auto slope = [alpha](const auto& v) { return where(greater(v, 0), 1, alpha); };
  const Tensor y = map(x, [slope](auto v) { return v * slope(v); });
  return record("leaky_relu", y, wrt(x, times(x, slope)));
}

namespace {

// scale * (x > 0 ? x : alpha * (e^x - 1)), with slope `scale` at 0.
Tensor scaled_elu(const char* op, const Operand& operand, double scale, double alpha) {
  const Tensor& x = operand.tensor(op);
  const Tensor y = map(x, [scale, alpha](auto v) {
    return v > 0 ? constant(v, scale) * v : constant(v, scale * alpha) * expm1(v);
  });
  const auto slope = [scale, alpha](const auto& v) {
    // The minimum keeps what is not chosen finite, and the gradient of that too.
    const auto below = constant(v, scale * alpha) * exp(minimum(v, 0));
    return where(less(v, 0), below, scale);
  };
  return record(op, y, wrt(x, times(x, slope)));
}

}  // namespace

Tensor elu(const Operand& x, double alpha) { return scaled_elu("elu", x, 1.0, alpha); }

// Klambauer et al., Self-Normalizing Neural Networks (2017).
Tensor selu(const Operand& x) {
  return scaled_elu("selu", x, 1.0507009873554805, 1.6732632423543772);
}

// x Phi(x), Phi the normal distribution function: Phi(x) = erfc(-x / sqrt(2)) / 2. The slope is
// Phi(x) + x phi(x), phi the density.
Tensor gelu(const Operand& operand) {
  const Tensor& x = operand.tensor("gelu");
  const Tensor y = map(x, [](auto v) {
    return constant(v, 0.5) * v * std::erfc(v * constant(v, -0.7071067811865476));
  });
  const auto slope = [](const auto& v) {
    const auto distribution = 0.5f * (1 + erf(v * constant(v, 0.7071067811865476)));
    const auto density = constant(v, 0.3989422804014327) * exp(-0.5f * (v * v));  // 1 / sqrt(2 pi)
    return distribution + v * density;
  };
  return record("gelu", y, wrt(x, times(x, slope)));
}

// Hendrycks, Gimpel, Gaussian Error Linear Units (2016): x / 2 (1 + tanh(c (x + a x^3))).
Tensor gelu_tanh(const Operand& operand) {
  static constexpr double c = 0.7978845608028654;  // sqrt(2 / pi)
  static constexpr double a = 0.044715;
  const Tensor& x = operand.tensor("gelu_tanh");
  const auto inner = [](const auto& v) {
    return constant(v, c) * v + constant(v, a * c) * (v * v * v);
  };
  const Tensor y = map(x, [inner](auto v) { return 0.5f * v * (1 + tanh(inner(v))); });
  const auto slope = [inner](const auto& v) {
    const auto t = tanh(inner(v));
    const auto inner_slope = constant(v, c) + constant(v, 3 * a * c) * (v * v);
    return 0.5f * (1 + t) + 0.5f * (v * ((1 - t * t) * inner_slope));
  };
  return record("gelu_tanh", y, wrt(x, times(x, slope)));
}

Tensor swish(const Operand& operand) {
  const Tensor& x = operand.tensor("swish");
  const Tensor y = map(x, [](auto v) { return v * sigmoid(v); });
  const auto slope = [](const auto& v) {
    const auto s = sigmoid(v);
    return s + v * (s * (1 - s));
  };
  return record("swish", y, wrt(x, times(x, slope)));
}

Tensor mish(const Operand& operand) {
  const Tensor& x = operand.tensor("mish");
  const Tensor y = map(x, [](auto v) { return v * tanh(softplus(v)); });
  const auto slope = [](const auto& v) {
    const auto t = tanh(softplus(v));
    return t + v * ((1 - t * t) * sigmoid(v));
  };
  return record("mish", y, wrt(x, times(x, slope)));
}

// The gradient passes at the bounds too; the test is on x since 0.2 x + 0.5 may round past them.
Tensor hard_sigmoid(const Operand& operand) {
  const Tensor& x = operand.tensor("hard_sigmoid");
  const Tensor y = map(x, [](auto v) {
    const auto line = constant(v, 0.2) * v + constant(v, 0.5);
    return line < 0 ? 0 : line > 1 ? 1 : line;
  });
  const auto slope = [](const auto& v) { return constant(v, 0.2) * less_equal(abs(v), 2.5); };
  return record("hard_sigmoid", y, wrt(x, times(x, slope)));
}

}  // namespace reel
