// The activations of layers. Each is written so that no step overflows where the result is finite.
//
// The form is that of unary.cpp. Formulas with constants name their source; derivatives that are
// long, or would be 0 where the result rounds to 1, are kernels and ops of their own (slopes.cpp).
// Corners take the slope that elementwise.h says, so relu(0) has gradient 0.
// Read before: unary.cpp. Read next: slopes.cpp, functions_kernels.cpp.
#include <reel/core/ops/map.h>
#include <reel/core/ops/op_attributes.h>

namespace reel {

using namespace detail;
using kernels::Function;
using kernels::Slope;
using namespace scalar;  // the same names for numbers, for lambdas that are given either

Tensor sigmoid(const Operand& operand) {
  const Tensor& x = operand.tensor("sigmoid");
  Tensor y = map(x, Function::sigmoid);
  if (!recording()) return y;
  return record("sigmoid", y, wrt(x, times(x, Slope::sigmoid, sigmoid_slope)));
}

Tensor softplus(const Operand& operand) {
  const Tensor& x = operand.tensor("softplus");
  Tensor y = map(x, Function::softplus);
  if (!recording()) return y;
  return record("softplus", y,
                wrt(x, times(x, Slope::softplus, [](const Tensor& v) { return sigmoid(v); })));
}

Tensor softsign(const Operand& operand) {
  const Tensor& x = operand.tensor("softsign");
  Tensor y = map(x, [](auto v) { return std::isinf(v) ? sign(v) : v / (1 + abs(v)); });
  if (!recording()) return y;
  const auto gradient = [](const auto& d, const auto& v) {
    return d / (1 + abs(v)) / (1 + abs(v));
  };
  return record("softsign", y, wrt(x, each_of(x, gradient)));
}

Tensor relu(const Operand& operand) {
  const Tensor& x = operand.tensor("relu");
  Tensor y = map(x, [](auto v) { return v < 0 ? 0 : v; });  // keeps NaN
  if (!recording()) return y;
  return record("relu", y, wrt(x, times(y, [](const auto& r) { return greater(r, 0); })));
}

Tensor relu6(const Operand& operand) {
  const Tensor& x = operand.tensor("relu6");
  Tensor y = map(x, [](auto v) { return v < 0 ? 0 : v > 6 ? 6 : v; });
  if (!recording()) return y;
  const auto slope = [](const auto& r) { return greater(r, 0) * less(r, 6); };
  return record("relu6", y, wrt(x, times(y, slope)));
}

Tensor leaky_relu(const Operand& operand, double alpha) {
  const Tensor& x = operand.tensor("leaky_relu");
  const auto slope = [alpha](const auto& v) { return where(greater(v, 0), 1, alpha); };
  Tensor y = map(x, [slope](auto v) {
    const auto factor = slope(v);
    return factor == 0 && std::isinf(v) ? 0 : v * factor;
  });
  if (!recording()) return y;
  return record("leaky_relu", y, wrt(x, times(x, slope)),
                attributes([&] { return detail::named("alpha", alpha); }));
}

namespace {

Tensor elu_slope(const Tensor& x, double scale, double alpha) {
  // The minimum keeps what is not chosen finite, and the gradient of that too.
  return where(less(x, 0), scale * alpha * exp(minimum(x, 0)), scale);
}

Tensor elu_gradient(const Tensor& dy, const Tensor& x, double scale, double alpha) {
  Tensor dx = Tensor::empty(x.shape(), x.dtype());
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T *from = dy.data<T>(), *at = x.data<T>();
    T* to = writable<T>(dx);
    detail::for_each_tile(dx.size(), [=](Index begin, Index end) {
      kernels::functions<T>().elu_gradient(scale, alpha, from + begin, at + begin, to + begin,
                                           end - begin);
    });
  });
  return dx;
}

// scale * (x > 0 ? x : alpha * (e^x - 1)), with slope `scale` at 0.
Tensor scaled_elu(const char* op, const Operand& operand, double scale, double alpha) {
  const Tensor& x = operand.tensor(op);
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = x.data<T>();
    T* to = writable<T>(y);
    detail::for_each_tile(y.size(), [=](Index begin, Index end) {
      kernels::functions<T>().elu(scale, alpha, from + begin, to + begin, end - begin);
    });
  });
  if (!recording()) return y;
  return record(op, y,
                wrt(x,
                    [x, scale, alpha](const Tensor& dy) {
                      return fused_or([&] { return elu_gradient(dy, x, scale, alpha); },
                                      [&] { return dy * elu_slope(x, scale, alpha); });
                    }),
                attributes([&] {  // selu has no arguments
                  return scale == 1 ? detail::named("alpha", alpha) : Config();
                }));
}

}  // namespace

Tensor elu(const Operand& x, double alpha) { return scaled_elu("elu", x, 1.0, alpha); }

// Klambauer et al., Self-Normalizing Neural Networks (2017).
Tensor selu(const Operand& x) {
  return scaled_elu("selu", x, 1.0507009873554805, 1.6732632423543772);
}

// x Phi(x), Phi the normal distribution function.
Tensor gelu(const Operand& operand) {
  const Tensor& x = operand.tensor("gelu");
  Tensor y = map(x, Function::gelu);
  if (!recording()) return y;
  return record("gelu", y, wrt(x, times(x, Slope::gelu, gelu_slope)));
}

// Hendrycks, Gimpel, Gaussian Error Linear Units (2016): x / 2 (1 + tanh(c (x + a x^3))).
Tensor gelu_tanh(const Operand& operand) {
  const Tensor& x = operand.tensor("gelu_tanh");
  Tensor y = map(x, Function::gelu_tanh);
  if (!recording()) return y;
  return record("gelu_tanh", y, wrt(x, times(x, Slope::gelu_tanh, gelu_tanh_slope)));
}

Tensor swish(const Operand& operand) {
  const Tensor& x = operand.tensor("swish");
  Tensor y = map(x, Function::swish);
  if (!recording()) return y;
  return record("swish", y, wrt(x, times(x, Slope::swish, swish_slope)));
}

Tensor mish(const Operand& operand) {
  const Tensor& x = operand.tensor("mish");
  Tensor y = map(x, Function::mish);
  if (!recording()) return y;
  return record("mish", y, wrt(x, times(x, Slope::mish, mish_slope)));
}

// The gradient passes at the bounds too; the test is on x since 0.2 x + 0.5 may round past them.
Tensor hard_sigmoid(const Operand& operand) {
  const Tensor& x = operand.tensor("hard_sigmoid");
  Tensor y = map(x, [](auto v) {
    const auto line = constant(v, 0.2) * v + constant(v, 0.5);
    return line < 0 ? 0 : line > 1 ? 1 : line;
  });
  if (!recording()) return y;
  const auto slope = [](const auto& v) { return constant(v, 0.2) * less_equal(abs(v), 2.5); };
  return record("hard_sigmoid", y, wrt(x, times(x, slope)));
}

}  // namespace reel
