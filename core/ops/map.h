// How an op of one operand computes: `map` for its value, `times` for its gradient rule.
//
// Functions that take long come as kernels by number (Function, Slope), which are compiled for each
// instruction set; the rest are lambdas under the op that they belong to, and the compiler makes
// the loop. Most derivatives are a factor dy is multiplied by, so one helper makes those rules. A
// derivative that formulas in other ops would round to nothing is an op itself (slopes.cpp).
// Internal: included by the sources of core/ops only.
// Read before: functions.h, scalar.h, element_tiles.h, fused_or.h. Read next: unary.cpp,
// map.cpp.
#pragma once

#include <cmath>
#include <limits>

#include <reel/core/kernels/elementwise/functions.h>
#include <reel/core/kernels/elementwise/scalar.h>
#include <reel/core/ops/element_tiles.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/fused_or.h>
#include <reel/core/record.h>

namespace reel::detail {

/// f(x) for each element.
template <class F>
Tensor map(const Tensor& x, F f) {
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* __restrict from = x.data<T>();
    T* __restrict to = writable<T>(y);
    for_each_tile(y.size(), [=](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) to[i] = static_cast<T>(f(from[i]));
    });
  });
  return y;
}

/// f(a, b) for each pair of elements of two tensors of one shape.
template <class F>
Tensor map_same_shape(const Tensor& a, const Tensor& b, F f) {
  Tensor y = Tensor::empty(a.shape(), a.dtype());
  dispatch(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from_a = a.data<T>();
    const T* from_b = b.data<T>();
    T* __restrict to = writable<T>(y);
    for_each_tile(y.size(), [=](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) to[i] = static_cast<T>(f(from_a[i], from_b[i]));
    });
  });
  return y;
}

/// The kernel `f` of each element, and dy times the derivative `slope` at each.
Tensor map(const Tensor& x, kernels::Function f);
Tensor map(const Tensor& dy, const Tensor& x, kernels::Slope slope);

/// Whether a number lost nothing: neither infinite nor below the range. NaN did.
template <class T>
bool is_whole(T number) {
  return std::abs(number) <= std::numeric_limits<T>::max() &&
         std::abs(number) >= std::numeric_limits<T>::min();
}

/// a c / b, where a and c have one shape, to which b broadcasts: an op, for gradients.
Tensor product_over(const Tensor& a, const Tensor& c, const Tensor& b);

// Derivatives that are ops: the kernel of a Slope, with a derivative made of such kernels again.
// As a formula 1 - tanh(x)^2 would be 0 where tanh(x) rounds to 1, and x^3 infinite.
Tensor tanh_slope(const Tensor& x);
Tensor sigmoid_slope(const Tensor& x);
Tensor erf_slope(const Tensor& x);
Tensor gelu_slope(const Tensor& x);
Tensor gelu_tanh_slope(const Tensor& x);
Tensor swish_slope(const Tensor& x);
Tensor mish_slope(const Tensor& x);

/// The rule dy * slope(v), where v is the op's argument or its result. `slope` is a generic lambda
/// that is read twice: on numbers, in one loop, when nobody records the backward pass; on tensors,
/// as a composition of ops, when an outer tape does (fused_or.h).
template <class Slope>
auto times(const Tensor& v, Slope slope) {
  return [v = v, slope](const Tensor& dy) {
    return fused_or(
        [&] {
          return map_same_shape(dy, v, [slope = slope](auto d, auto at) { return d * slope(at); });
        },
        [&] { return dy * slope(v); });
  };
}

/// The rule formula(dy, v), read twice as well: for a derivative whose parts dy must meet one by
/// one. That of rsqrt(x), -r^3 / 2, is beyond the range at r = 1e20; times dy = 1e-30 it is not,
/// and what comes between lies between dy and the result.
template <class Formula>
auto each_of(const Tensor& v, Formula formula) {
  return [v = v, formula](const Tensor& dy) {
    return fused_or([&] { return map_same_shape(dy, v, formula); },
                    [&] { return Tensor(formula(dy, v)); });
  };
}

/// The rule dy * slope(x) where the derivative is a kernel; `composed` is the same as an op.
template <class Composed>
auto times(const Tensor& x, kernels::Slope slope, Composed composed) {
  return [x = x, slope, composed](const Tensor& dy) {
    return fused_or([&] { return map(dy, x, slope); }, [&] { return dy * composed(x); });
  };
}

}  // namespace reel::detail
