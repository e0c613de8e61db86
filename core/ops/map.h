// How an element-wise op computes: `map` for its value, `times` for its gradient rule.
//
// Internal: included by the sources of core/ops only. Operands are tensors that were checked.
#pragma once

#include <utility>

#include <reel/core/kernels/scalar.h>
#include <reel/core/operand.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/core/record.h>

namespace reel::detail {

/// f(x) for each element.
template <class F>
Tensor map(const Tensor& x, F f) {
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = x.data<T>();
    T* to = writable<T>(y);
    for (Index i = 0; i < y.size(); ++i) to[i] = static_cast<T>(f(from[i]));
  });
  return y;
}

/// f(a, b) for each pair of elements under broadcasting.
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
    for (Index i = 0; i < y.size(); ++i) to[i] = static_cast<T>(f(from_a[i], from_b[i]));
  });
  return y;
}

/// The rule dy * slope(v), where v is the op's argument or its result. `slope` is a generic lambda
/// that is read twice: on numbers, in one pass, when nothing records the sweep; on tensors, as a
/// composition of ops, when something does.
template <class Slope>
auto times(const Tensor& v, Slope slope) {
  return [v, slope](const Tensor& dy) {
    if (recording()) return dy * slope(v);
    return map("gradient", dy, v, [&](auto d, auto at) { return d * slope(at); });
  };
}

}  // namespace reel::detail
