// Ops of one operand: signs, powers, exponentials, circular functions, cast, stop_gradient.
//
// Each is its function and its derivative, side by side. A derivative is written in the argument x
// or in the result y, whichever is cheaper and as exact: exp and sqrt know theirs from y alone, and
// the tape then keeps no x; of tanh(20) nothing is left but that it rounds to 1. Written as a
// generic lambda it is read on numbers and on tensors, so `sin` below is the op for a tensor and
// the function of scalar.h for a number. Those that take long, as `Function::tanh`, are kernels
// (functions.h). Read before: arithmetic.cpp, map.h. Read next: activation.cpp.
#include <reel/core/ops/factories.h>
#include <reel/core/ops/map.h>
#include <reel/core/ops/op_attributes.h>

namespace reel {

using detail::each_of;
using detail::map;
using detail::times;
using kernels::Function;
using kernels::Slope;
using namespace scalar;  // the same names for numbers, for lambdas that are given either

Tensor neg(const Operand& operand) {
  const Tensor& x = operand.tensor("neg");
  Tensor y = map(x, [](auto v) { return -v; });
  if (!recording()) return y;
  return record("neg", y, wrt(x, [](const Tensor& dy) { return -dy; }));
}

Tensor abs(const Operand& operand) {
  const Tensor& x = operand.tensor("abs");
  Tensor y = map(x, [](auto v) { return abs(v); });
  if (!recording()) return y;
  return record("abs", y, wrt(x, times(x, [](const auto& v) { return sign(v); })));
}

Tensor sign(const Operand& operand) {
  const Tensor& x = operand.tensor("sign");
  Tensor y = map(x, [](auto v) { return sign(v); });
  if (!recording()) return y;
  return record("sign", y, wrt(x, [](const Tensor& dy) { return zeros_like(dy); }));
}

Tensor square(const Operand& operand) {
  const Tensor& x = operand.tensor("square");
  Tensor y = map(x, [](auto v) { return v * v; });
  if (!recording()) return y;
  return record("square", y,
                wrt(x, each_of(x, [](const auto& d, const auto& v) { return 2 * (d * v); })));
}

Tensor sqrt(const Operand& operand) {
  const Tensor& x = operand.tensor("sqrt");
  Tensor y = map(x, [](auto v) { return sqrt(v); });
  if (!recording()) return y;
  return record("sqrt", y, wrt(x, times(y, [](const auto& r) { return 0.5f / r; })));
}

Tensor rsqrt(const Operand& operand) {
  const Tensor& x = operand.tensor("rsqrt");
  Tensor y = map(x, [](auto v) { return 1 / sqrt(v); });
  if (!recording()) return y;
  return record(
      "rsqrt", y,
      wrt(x, each_of(y, [](const auto& d, const auto& r) { return d * (-0.5f * r) * r * r; })));
}

Tensor reciprocal(const Operand& operand) {
  const Tensor& x = operand.tensor("reciprocal");
  Tensor y = map(x, [](auto v) { return 1 / v; });
  if (!recording()) return y;
  return record("reciprocal", y,
                wrt(x, each_of(x, [](const auto& d, const auto& v) { return -(d / v) / v; })));
}

Tensor exp(const Operand& operand) {
  const Tensor& x = operand.tensor("exp");
  Tensor y = map(x, Function::exp);
  if (!recording()) return y;
  return record("exp", y, wrt(x, [y](const Tensor& dy) { return dy * y; }));
}

Tensor expm1(const Operand& operand) {
  const Tensor& x = operand.tensor("expm1");
  Tensor y = map(x, Function::expm1);
  if (!recording()) return y;
  return record("expm1", y, wrt(x, times(x, Slope::expm1, [](const Tensor& v) { return exp(v); })));
}

Tensor log(const Operand& operand) {
  const Tensor& x = operand.tensor("log");
  Tensor y = map(x, Function::log);
  if (!recording()) return y;
  return record("log", y, wrt(x, [x](const Tensor& dy) { return dy / x; }));
}

Tensor log1p(const Operand& operand) {
  const Tensor& x = operand.tensor("log1p");
  Tensor y = map(x, Function::log1p);
  if (!recording()) return y;
  return record("log1p", y,
                wrt(x, each_of(x, [](const auto& d, const auto& v) { return d / (1 + v); })));
}

Tensor sin(const Operand& operand) {
  const Tensor& x = operand.tensor("sin");
  Tensor y = map(x, [](auto v) { return sin(v); });
  if (!recording()) return y;
  return record("sin", y, wrt(x, times(x, [](const auto& v) { return cos(v); })));
}

Tensor cos(const Operand& operand) {
  const Tensor& x = operand.tensor("cos");
  Tensor y = map(x, [](auto v) { return cos(v); });
  if (!recording()) return y;
  return record("cos", y, wrt(x, times(x, [](const auto& v) { return -sin(v); })));
}

Tensor tanh(const Operand& operand) {
  const Tensor& x = operand.tensor("tanh");
  Tensor y = map(x, Function::tanh);
  if (!recording()) return y;
  return record("tanh", y, wrt(x, times(x, Slope::tanh, detail::tanh_slope)));
}

Tensor erf(const Operand& operand) {
  const Tensor& x = operand.tensor("erf");
  Tensor y = map(x, Function::erf);
  if (!recording()) return y;
  return record("erf", y, wrt(x, times(x, Slope::erf, detail::erf_slope)));
}

// Both types are only known at run time, so the loop is made for each pair of them.
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
  if (!recording()) return y;
  return record("cast", y,
                wrt(x, [dtype = x.dtype()](const Tensor& dy) { return cast(dy, dtype); }),
                attributes([&] { return detail::named("dtype", dtype); }));
}

Tensor stop_gradient(const Operand& operand) {
  const Tensor& x = operand.tensor("stop_gradient");
  Tensor y = x.share(x.shape());
  if (!recording()) return y;
  return record("stop_gradient", y, no_gradient(x));
}

}  // namespace reel
