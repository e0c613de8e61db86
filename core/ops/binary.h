// How an op of two operands computes: two numbers, equal shapes, or shapes that broadcast.
//
// The kernels come by number (BinaryOp) from a table that is compiled for each instruction set;
// this hands them their operands where they lie, however they broadcast. The three cases stand
// apart, the longer ones never inlined, so that two numbers cost little more than the memory of
// their result: networks of single numbers, which people write to learn, are made of such ops.
// Internal: included by the sources of ops on two operands only.
// Read before: elementwise_loops.h, broadcast.h, element_tiles.h. Read next: arithmetic.cpp.
#pragma once

#include <reel/core/kernels/elementwise/broadcast.h>
#include <reel/core/kernels/elementwise/elementwise_loops.h>
#include <reel/core/ops/element_tiles.h>
#include <reel/core/tensor.h>

namespace reel::detail {

// IEEE 754 says to the bit what becomes of numbers here: they need no kernel.
template <class T>
Tensor binary_number(const Tensor& a, const Tensor& b, kernels::BinaryOp kind) {
  const T s = *a.data<T>(), t = *b.data<T>();
  const T y = kind == kernels::BinaryOp::add   ? s + t
              : kind == kernels::BinaryOp::sub ? s - t
              : kind == kernels::BinaryOp::mul ? s * t
                                               : s / t;
  return Tensor::number_like(a, y);
}

template <class T>
[[gnu::noinline]] Tensor binary_equal(const Tensor& a, const Tensor& b, kernels::BinaryOp kind) {
  Tensor y = Tensor::empty_like(a);
  const auto run = kernels::elementwise<T>().binary[static_cast<int>(kind)];
  const T* from_a = a.data<T>();
  const T* from_b = b.data<T>();
  T* to = writable<T>(y);
  for_each_tile(y.size(), [=](Index begin, Index end) {
    run(from_a + begin, {}, from_b + begin, {}, to + begin, 1, end - begin);
  });
  return y;
}

// An operand as long as y is walked, one number is repeated; only what mixes both needs blocks.
[[gnu::noinline]] inline Tensor binary_broadcast(const char* op, const Tensor& a, const Tensor& b,
                                                 kernels::BinaryOp kind) {
  Tensor y = Tensor::empty(broadcast_shapes(op, a.shape(), b.shape()), a.dtype());
  dispatch(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto run = kernels::elementwise<T>().binary[static_cast<int>(kind)];
    const T* from_a = a.data<T>();
    const T* from_b = b.data<T>();
    T* to = writable<T>(y);
    const Index size = y.size();
    if ((a.size() == size || a.size() == 1) && (b.size() == size || b.size() == 1)) {
      const Index step_a = a.size() == size, step_b = b.size() == size;
      for_each_tile(size, [=](Index begin, Index end) {
        run(from_a + begin * step_a, {0, step_a}, from_b + begin * step_b, {0, step_b}, to + begin,
            1, end - begin);
      });
      return;
    }
    const kernels::Broadcast walk(y.shape(), {&a.shape(), &b.shape()});
    for_each_tile(size, [&](Index begin, Index end) {
      walk.for_each_block(begin, end, [&](const kernels::Broadcast::Block& block) {
        run(from_a + block.at[0], walk.strides(0), from_b + block.at[1], walk.strides(1),
            to + block.y, block.rows, block.columns);
      });
    });
  });
  return y;
}

/// The kernel `kind` of each pair of elements. ValueError that starts with `op` when the shapes do
/// not broadcast.
inline Tensor binary(const char* op, const Tensor& a, const Tensor& b, kernels::BinaryOp kind) {
  if (a.shape() != b.shape()) return binary_broadcast(op, a, b, kind);
  if (a.size() == 1 && kind <= kernels::BinaryOp::div)
    return a.dtype() == float32 ? binary_number<float>(a, b, kind)
                                : binary_number<double>(a, b, kind);
  return a.dtype() == float32 ? binary_equal<float>(a, b, kind) : binary_equal<double>(a, b, kind);
}

}  // namespace reel::detail
