#include <reel/core/ops/elementwise.h>

#include <cmath>

#include <reel/core/ops/reduction.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/core/record.h>

namespace reel {
namespace {

template <class F>
Tensor map(const Tensor& x, F f) {
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = x.data<T>();
    T* to = writable<T>(y);
    for (Index i = 0; i < y.size(); ++i) to[i] = f(from[i]);
  });
  return y;
}

template <class F>
Tensor map(const char* op, const Tensor& a, const Tensor& b, F f) {
  const PauseRecording pause;
  const Shape shape = broadcast_shapes(op, a.shape(), b.shape());
  const Tensor wide_a = broadcast_to(a, shape), wide_b = broadcast_to(b, shape);
  Tensor y = Tensor::empty(shape, a.dtype());
  dispatch(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from_a = wide_a.data<T>();
    const T* from_b = wide_b.data<T>();
    T* to = writable<T>(y);
    for (Index i = 0; i < y.size(); ++i) to[i] = f(from_a[i], from_b[i]);
  });
  return y;
}

}  // namespace

Tensor add(const Operand& a_in, const Operand& b_in) {
  const Tensor a = a_in.like(b_in, "add"), b = b_in.like(a_in, "add");
  const Tensor y = map("add", a, b, [](auto s, auto t) { return s + t; });
  return record("add", y, wrt(a, [](const Tensor& dy) { return dy; }),
                wrt(b, [](const Tensor& dy) { return dy; }));
}

Tensor sub(const Operand& a_in, const Operand& b_in) {
  const Tensor a = a_in.like(b_in, "sub"), b = b_in.like(a_in, "sub");
  const Tensor y = map("sub", a, b, [](auto s, auto t) { return s - t; });
  return record("sub", y, wrt(a, [](const Tensor& dy) { return dy; }),
                wrt(b, [](const Tensor& dy) { return -dy; }));
}

Tensor mul(const Operand& a_in, const Operand& b_in) {
  const Tensor a = a_in.like(b_in, "mul"), b = b_in.like(a_in, "mul");
  const Tensor y = map("mul", a, b, [](auto s, auto t) { return s * t; });
  return record("mul", y, wrt(a, [b](const Tensor& dy) { return dy * b; }),
                wrt(b, [a](const Tensor& dy) { return dy * a; }));
}

Tensor div(const Operand& a_in, const Operand& b_in) {
  const Tensor a = a_in.like(b_in, "div"), b = b_in.like(a_in, "div");
  const Tensor y = map("div", a, b, [](auto s, auto t) { return s / t; });
  return record("div", y, wrt(a, [b](const Tensor& dy) { return dy / b; }),
                wrt(b, [b, y](const Tensor& dy) { return -dy * y / b; }));
}

Tensor neg(const Operand& operand) {
  const Tensor x = operand.tensor("neg");
  const Tensor y = map(x, [](auto v) { return -v; });
  return record("neg", y, wrt(x, [](const Tensor& dy) { return -dy; }));
}

Tensor exp(const Operand& operand) {
  const Tensor x = operand.tensor("exp");
  const Tensor y = map(x, [](auto v) { return std::exp(v); });
  return record("exp", y, wrt(x, [y](const Tensor& dy) { return dy * y; }));
}

Tensor operator+(const Operand& a, const Operand& b) { return add(a, b); }
Tensor operator-(const Operand& a, const Operand& b) { return sub(a, b); }
Tensor operator*(const Operand& a, const Operand& b) { return mul(a, b); }
Tensor operator/(const Operand& a, const Operand& b) { return div(a, b); }
Tensor operator-(const Operand& x) { return neg(x); }

void detail::add_into(Tensor& sum, const Tensor& x) {
  dispatch(sum.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = x.data<T>();
    T* to = writable<T>(sum);
    for (Index i = 0; i < sum.size(); ++i) to[i] += from[i];
  });
}

}  // namespace reel
