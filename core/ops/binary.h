// How an op of two operands computes: two numbers, or elements whose shapes are equal or broadcast.
//
// The kernels come by number (BinaryOp) from a table that is compiled for each instruction set;
// this hands them their operands where they lie, however they broadcast. Two numbers, of which
// networks are made that people write to learn, are computed in the op itself, where `kind` is
// known, and the rest is never inlined: they cost little more than the memory of their result.
// Internal: included by the sources of ops on two operands only.
// Read before: elementwise_loops.h, broadcast.h, element_tiles.h. Read next: record.h.
#pragma once

#include <reel/core/kernels/elementwise/broadcast.h>
#include <reel/core/kernels/elementwise/elementwise_loops.h>
#include <reel/core/ops/element_tiles.h>
#include <reel/core/tensor.h>

namespace reel::detail {

// IEEE 754 says to the bit what becomes of numbers here: they need no kernel.
template <class T>
[[gnu::always_inline]] inline Tensor binary_number(const Tensor& a, const Tensor& b,
                                                   kernels::BinaryOp kind) {
  const T s = *a.data<T>(), t = *b.data<T>();
  const T y = kind == kernels::BinaryOp::add   ? s + t
              : kind == kernels::BinaryOp::sub ? s - t
              : kind == kernels::BinaryOp::mul ? s * t
                                               : s / t;
  return Tensor::number_like(a, y);
}

// Operands as long as y are walked, one number is repeated; only what mixes both needs blocks.
template <class T>
[[gnu::noinline]] Tensor binary_elements(const char* op, const Tensor& a, const Tensor& b,
                                         kernels::BinaryOp kind) {
  Tensor y = a.shape() == b.shape()
                 ? Tensor::empty_like(a)
                 : Tensor::empty(broadcast_shapes(op, a.shape(), b.shape()), a.dtype());
  const auto run = kernels::elementwise<T>().binary[static_cast<int>(kind)];
  const T *from_a = a.data<T>(), *from_b = b.data<T>();
  T* to = writable<T>(y);
  const Index size = y.size(), step_a = a.size() == size, step_b = b.size() == size;
  if ((step_a || a.size() == 1) && (step_b || b.size() == 1)) {
    for_each_tile(size, [=](Index begin, Index end) {
      run(from_a + begin * step_a, {0, step_a}, from_b + begin * step_b, {0, step_b}, to + begin, 1,
          end - begin);
    });
    return y;
  }
  const kernels::Broadcast walk(y.shape(), {&a.shape(), &b.shape()});
  for_each_tile(size, [&](Index begin, Index end) {
    walk.for_each_block(begin, end, [&](const kernels::Broadcast::Block& block) {
      run(from_a + block.at[0], walk.strides(0), from_b + block.at[1], walk.strides(1),
          to + block.y, block.rows, block.columns);
    });
  });
  return y;
}

/// The kernel `kind` of each pair of elements. ValueError that starts with `op` when the shapes do
/// not broadcast.
[[gnu::always_inline]] inline Tensor binary(const char* op, const Tensor& a, const Tensor& b,
                                            kernels::BinaryOp kind) {
  const bool is_float = a.dtype() == float32;
  if (a.size() == 1 && b.size() == 1 && a.rank() == b.rank() && kind <= kernels::BinaryOp::div)
    return is_float ? binary_number<float>(a, b, kind) : binary_number<double>(a, b, kind);
  return is_float ? binary_elements<float>(op, a, b, kind)
                  : binary_elements<double>(op, a, b, kind);
}

}  // namespace reel::detail
