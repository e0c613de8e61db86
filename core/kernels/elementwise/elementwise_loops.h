// Element-wise loops over blocks of rows: what the ops on one or two operands run.
//
// A block is rows x columns elements of y, contiguous. An operand's element (r, c) is at
// r * row + c * column with a column stride of 1, or 0 for a number that is repeated along the row
// (of one operand at most): after broadcast.h has merged axes, every broadcast is blocks of this
// kind. y overlaps no operand. Read before: isa.h. Read next: elementwise_loops_kernels.cpp,
// broadcast.h.
#pragma once

#include <reel/core/dtype.h>
#include <reel/core/runtime/isa.h>

namespace reel::kernels {

struct Strides {
  Index row = 0, column = 1;
};

enum class BinaryOp {
  add,
  sub,
  mul,
  div,
  maximum,
  minimum,
  squared_difference,
  pow,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal
};
constexpr int binary_op_count = 14;

template <class T>
struct Elementwise {
  using Binary = void (*)(const T* a, Strides of_a, const T* b, Strides of_b, T* y, Index rows,
                          Index columns);
  Binary binary[binary_op_count];  // by BinaryOp
  /// y = a where condition is not 0, else b.
  void (*where)(const T* condition, Strides of_condition, const T* a, Strides of_a, const T* b,
                Strides of_b, T* y, Index rows, Index columns);
  /// y += x
  void (*accumulate)(const T* x, T* y, Index n);
};

struct ElementwiseTables {
  Elementwise<float> of_float;
  Elementwise<double> of_double;
};

const ElementwiseTables& elementwise_tables(sse2::Set);
const ElementwiseTables& elementwise_tables(avx2::Set);
const ElementwiseTables& elementwise_tables(avx512::Set);

/// The kernels for this CPU.
template <class T>
const Elementwise<T>& elementwise() {
  static const ElementwiseTables& chosen =
      for_this_cpu([](auto set) -> const ElementwiseTables& { return elementwise_tables(set); });
  if constexpr (std::is_same_v<T, float>)
    return chosen.of_float;
  else
    return chosen.of_double;
}

}  // namespace reel::kernels
