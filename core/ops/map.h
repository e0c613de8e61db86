// How an element-wise op computes: `map` for its value, `times` for its gradient rule.
//
// The arithmetic that every network spends its time in comes as kernels by number (BinaryOp,
// Function), which are compiled for each instruction set; the rest are lambdas under the op that
// they belong to.
// Operands are read where they are, however they broadcast. Long results are cut into tiles of a
// fixed size; a short one costs its allocation and one call. Internal: included by the sources of
// core/ops only. Read before: elementwise_loops.h, functions.h,
// broadcast.h, scalar.h.
#pragma once

#include <algorithm>

#include <reel/core/kernels/elementwise/broadcast.h>
#include <reel/core/kernels/elementwise/elementwise_loops.h>
#include <reel/core/kernels/elementwise/functions.h>
#include <reel/core/kernels/elementwise/scalar.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/record.h>
#include <reel/core/runtime/parallel.h>

namespace reel::detail {

/// run(begin, end) for tiles that cover [0, size).
template <class Run>
void for_each_tile(Index size, const Run& run) {
  constexpr Index tile_size = 16384;
  if (size <= tile_size) return run(Index{0}, size);
  reel::parallel_for((size + tile_size - 1) / tile_size, [&](Index tile) {
    run(tile * tile_size, std::min(size, (tile + 1) * tile_size));
  });
}

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

/// The kernel `kind` under broadcasting. ValueError that starts with `op` when shapes do not fit.
Tensor map(const char* op, const Tensor& a, const Tensor& b, kernels::BinaryOp kind);

/// The rule dy * slope(v), where v is the op's argument or its result. `slope` is a generic lambda
/// that is read twice: on numbers, in one pass, when nothing records the sweep; on tensors, as a
/// composition of ops, when something does.
template <class Slope>
auto times(const Tensor& v, Slope slope) {
  return [v, slope](const Tensor& dy) {
    if (recording()) return dy * slope(v);
    return map_same_shape(dy, v, [slope](auto d, auto at) { return d * slope(at); });
  };
}

/// The same where the derivative is a kernel; `composed` is the formula on tensors alone.
template <class Composed>
auto times(const Tensor& x, kernels::Slope slope, Composed composed) {
  return [x, slope, composed](const Tensor& dy) {
    return recording() ? dy * composed(x) : map(dy, x, slope);
  };
}

}  // namespace reel::detail
