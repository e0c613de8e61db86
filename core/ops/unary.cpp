// Ops of one operand: signs, powers, exponentials, circular functions, cast.
#include <reel/core/ops/factories.h>
#include <reel/core/ops/map.h>

namespace reel {

using detail::map;
using detail::times;
using kernels::Function;
using kernels::Slope;
using namespace scalar;  // the same names for numbers, for lambdas that are given either

Tensor neg(const Operand& operand) {
  const Tensor& x = operand.tensor("neg");
  const Tensor y = map(x, [](auto v) { return -v; });
  return record("neg", y, wrt(x, [](const Tensor& dy) { return -dy; }));
}

Tensor abs(const Operand& operand) {
  const Tensor& x = operand.tensor("abs");
  const Tensor y = map(x, [](auto v) { return abs(v); });
  return record("abs", y, wrt(x, times(x, [](const auto& v) { return sign(v); })));
}

Tensor sign(const Operand& operand) {
  const Tensor& x = operand.tensor("sign");
  const Tensor y = map(x, [](auto v) { return sign(v); });
  return record("sign", y, wrt(x, [](const Tensor& dy) { return zeros_like(dy); }));
}

Tensor square(const Operand& operand) {
  const Tensor& x = operand.tensor("square");
  const Tensor y = map(x, [](auto v) { return v * v; });
  return record("square", y, wrt(x, times(x, [](const auto& v) { return 2 * v; })));
}

Tensor sqrt(const Operand& operand) {
  const Tensor& x = operand.tensor("sqrt");
  const Tensor y = map(x, [](auto v) { return sqrt(v); });
  return record("sqrt", y, wrt(x, times(y, [](const auto& r) { return 0.5f / r; })));
}

Tensor rsqrt(const Operand& operand) {
  const Tensor& x = operand.tensor("rsqrt");
  const Tensor y = map(x, [](auto v) { return 1 / sqrt(v); });
  return record("rsqrt", y, wrt(x, times(y, [](const auto& r) { return -0.5f * (r * r * r); })));
}

Tensor reciprocal(const Operand& operand) {
  const Tensor& x = operand.tensor("reciprocal");
  const Tensor y = map(x, [](auto v) { return 1 / v; });
  return record("reciprocal", y, wrt(x, times(y, [](const auto& r) { return -(r * r); })));
}

Tensor exp(const Operand& operand) {
  const Tensor& x = operand.tensor("exp");
  const Tensor y = map(x, Function::exp);
  return record("exp", y, wrt(x, [y](const Tensor& dy) { return dy * y; }));
}

Tensor expm1(const Operand& operand) {
  const Tensor& x = operand.tensor("expm1");
  const Tensor y = map(x, Function::expm1);
  return record("expm1", y, wrt(x, times(y, [](const auto& r) { return r + 1; })));
}

Tensor log(const Operand& operand) {
  const Tensor& x = operand.tensor("log");
  const Tensor y = map(x, Function::log);
  return record("log", y, wrt(x, [x](const Tensor& dy) { return dy / x; }));
}

Tensor log1p(const Operand& operand) {
  const Tensor& x = operand.tensor("log1p");
  const Tensor y = map(x, Function::log1p);
  return record("log1p", y, wrt(x, times(x, [](const auto& v) { return 1 / (1 + v); })));
}

Tensor sin(const Operand& operand) {
  const Tensor& x = operand.tensor("sin");
  const Tensor y = map(x, [](auto v) { return sin(v); });
  return record("sin", y, wrt(x, times(x, [](const auto& v) { return cos(v); })));
}

Tensor cos(const Operand& operand) {
  const Tensor& x = operand.tensor("cos");
  const Tensor y = map(x, [](auto v) { return cos(v); });
  return record("cos", y, wrt(x, times(x, [](const auto& v) { return -sin(v); })));
}

Tensor tanh(const Operand& operand) {
  const Tensor& x = operand.tensor("tanh");
  const Tensor y = map(x, Function::tanh);
  return record("tanh", y, wrt(x, times(y, [](const auto& r) { return 1 - r * r; })));
}

Tensor erf(const Operand& operand) {
  const Tensor& x = operand.tensor("erf");
  const Tensor y = map(x, Function::erf);
  const auto slope = [](const Tensor& v) {
    return 1.1283791670955126 * exp(-(v * v));  // 2 / sqrt(pi)
  };
  return record("erf", y, wrt(x, times(x, Slope::erf, slope)));
}

Tensor cast(const Operand& operand, DType dtype) {
  const Tensor& x = operand.tensor("cast");
  if (x.dtype() == dtype) return x;
  Tensor y = Tensor::empty(x.shape(), dtype);
  dispatch(x.dtype(), [&](auto from_zero) {
    dispatch(dtype, [&](auto to_zero) {
      using To = decltype(to_zero);
      const auto* from = x.data<decltype(from_zero)>();
      To* to = writable<To>(y);
      detail::for_each_tile(y.size(), [=](Index begin, Index end) {
        for (Index i = begin; i < end; ++i) to[i] = static_cast<To>(from[i]);
      });
    });
  });
  return record("cast", y,
                wrt(x, [dtype = x.dtype()](const Tensor& dy) { return cast(dy, dtype); }));
}

Tensor stop_gradient(const Operand& operand) {
  const Tensor& x = operand.tensor("stop_gradient");
  return record("stop_gradient", x.share(x.shape()), no_gradient(x));
}

}  // namespace reel
