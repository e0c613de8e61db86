// The activations of layers. Each is written so that no step overflows where the result is finite.
#include <reel/core/ops/map.h>

namespace reel {

using detail::map;
using detail::times;

Tensor sigmoid(const Operand& operand) {
  const Tensor x = operand.tensor("sigmoid");
  const Tensor y = map(x, [](auto v) { return scalar::sigmoid(v); });
  return record("sigmoid", y, wrt(x, times(y, [](const auto& r) { return r * (1 - r); })));
}

Tensor softplus(const Operand& operand) {
  const Tensor x = operand.tensor("softplus");
  const Tensor y = map(x, [](auto v) { return scalar::softplus(v); });
  return record("softplus", y, wrt(x, times(x, [](const auto& v) {
                                     using scalar::sigmoid;
                                     return sigmoid(v);
                                   })));
}

Tensor softsign(const Operand& operand) {
  const Tensor x = operand.tensor("softsign");
  const Tensor y = map(x, [](auto v) { return v / (1 + std::abs(v)); });
  return record("softsign", y, wrt(x, times(x, [](const auto& v) {
                                     using scalar::abs, scalar::square;
                                     return 1 / square(1 + abs(v));
                                   })));
}

Tensor relu(const Operand& operand) {
  const Tensor x = operand.tensor("relu");
  const Tensor y = map(x, [](auto v) { return v < 0 ? 0 : v; });  // keeps NaN
  return record("relu", y, wrt(x, times(y, [](const auto& r) {
                                 using scalar::greater;
                                 return greater(r, 0);
                               })));
}

Tensor relu6(const Operand& operand) {
  const Tensor x = operand.tensor("relu6");
  const Tensor y = map(x, [](auto v) { return v < 0 ? 0 : v > 6 ? 6 : v; });
  return record("relu6", y, wrt(x, times(y, [](const auto& r) {
                                  using scalar::greater, scalar::less;
                                  return greater(r, 0) * less(r, 6);
                                })));
}

Tensor leaky_relu(const Operand& operand, double alpha) {
  const Tensor x = operand.tensor("leaky_relu");
  const auto slope = [alpha](const auto& v) {
    using scalar::greater, scalar::where;
    return where(greater(v, 0), 1, alpha);
  };
  const Tensor y = map(x, [slope](auto v) { return v * slope(v); });
  return record("leaky_relu", y, wrt(x, times(x, slope)));
}

namespace {

// scale * (x > 0 ? x : alpha * (e^x - 1)), with slope `scale` at 0.
Tensor scaled_elu(const char* op, const Operand& operand, double scale, double alpha) {
  const Tensor x = operand.tensor(op);
  const Tensor y = map(x, [scale, alpha](auto v) {
    using T = decltype(v);
    return v > 0 ? T(scale) * v : T(scale * alpha) * std::expm1(v);
  });
  return record(op, y, wrt(x, times(x, [scale, alpha](const auto& v) {
                             using scalar::constant, scalar::exp, scalar::less, scalar::minimum,
                                 scalar::where;
                             // The minimum keeps the branch that is not taken finite, and its
                             // gradient too.
                             const auto below = constant(v, scale * alpha) * exp(minimum(v, 0));
                             return where(less(v, 0), below, scale);
                           })));
}

}  // namespace

Tensor elu(const Operand& x, double alpha) { return scaled_elu("elu", x, 1.0, alpha); }

// Klambauer et al., Self-Normalizing Neural Networks (2017).
Tensor selu(const Operand& x) {
  return scaled_elu("selu", x, 1.0507009873554805, 1.6732632423543772);
}

// x Phi(x), Phi the normal distribution function; the slope is Phi(x) + x phi(x).
Tensor gelu(const Operand& operand) {
  const Tensor x = operand.tensor("gelu");
  const Tensor y = map(x, [](auto v) {
    using T = decltype(v);
    return T(0.5) * v * std::erfc(v * T(-0.7071067811865476));  // -1 / sqrt(2)
  });
  return record("gelu", y, wrt(x, times(x, [](const auto& v) {
                                 using scalar::constant, scalar::erf, scalar::exp;
                                 const auto root_half = constant(v, 0.7071067811865476);
                                 const auto density_at_0 =
                                     constant(v, 0.3989422804014327);  // 1 / sqrt(2 pi)
                                 return 0.5f * (1 + erf(v * root_half)) +
                                        density_at_0 * (v * exp(-0.5f * (v * v)));
                               })));
}

// Hendrycks, Gimpel, Gaussian Error Linear Units (2016): x / 2 (1 + tanh(c (x + a x^3))).
Tensor gelu_tanh(const Operand& operand) {
  static constexpr double c = 0.7978845608028654;  // sqrt(2 / pi)
  static constexpr double a = 0.044715;
  const Tensor x = operand.tensor("gelu_tanh");
  const Tensor y = map(x, [](auto v) {
    using T = decltype(v);
    return T(0.5) * v * (1 + std::tanh(T(c) * (v + T(a) * (v * v * v))));
  });
  return record("gelu_tanh", y,
                wrt(x, times(x, [](const auto& v) {
                      using scalar::constant, scalar::tanh;
                      const auto t = tanh(constant(v, c) * v + constant(v, a * c) * (v * v * v));
                      const auto slope = constant(v, c) + constant(v, 3 * a * c) * (v * v);
                      return 0.5f * (1 + t) + 0.5f * (v * ((1 - t * t) * slope));
                    })));
}

Tensor swish(const Operand& operand) {
  const Tensor x = operand.tensor("swish");
  const Tensor y = map(x, [](auto v) { return v * scalar::sigmoid(v); });
  return record("swish", y, wrt(x, times(x, [](const auto& v) {
                                  using scalar::sigmoid;
                                  const auto s = sigmoid(v);
                                  return s + v * (s * (1 - s));
                                })));
}

Tensor mish(const Operand& operand) {
  const Tensor x = operand.tensor("mish");
  const Tensor y = map(x, [](auto v) { return v * std::tanh(scalar::softplus(v)); });
  return record("mish", y, wrt(x, times(x, [](const auto& v) {
                                 using scalar::sigmoid, scalar::softplus, scalar::tanh;
                                 const auto t = tanh(softplus(v));
                                 return t + v * ((1 - t * t) * sigmoid(v));
                               })));
}

// The gradient passes at the bounds too; the test is on x since 0.2 x + 0.5 may round past them.
Tensor hard_sigmoid(const Operand& operand) {
  const Tensor x = operand.tensor("hard_sigmoid");
  const Tensor y = map(x, [](auto v) {
    using T = decltype(v);
    const T line = T(0.2) * v + T(0.5);
    return line < 0 ? T(0) : line > 1 ? T(1) : line;
  });
  return record("hard_sigmoid", y, wrt(x, times(x, [](const auto& v) {
                                         using scalar::abs, scalar::constant, scalar::less_equal;
                                         return constant(v, 0.2) * less_equal(abs(v), 2.5);
                                       })));
}

}  // namespace reel
