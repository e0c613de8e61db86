// Softmax and its kin on contiguous rows of n numbers.
//
// Stable, since the largest number of a row is taken off before exp. Steps are loops over many rows
// at once where they can be: rows of ten classes would leave most of a vector empty. A row in which
// one number leaves little to the others is computed from what it leaves, 1 - p or total - 1, which
// is rounded away in p and in the total. Read before: isa.h, function_math.h. Read next: softmax.h.
#pragma once

#include <type_traits>

#include <reel/core/dtype.h>
#include <reel/core/runtime/isa.h>

namespace reel::kernels {

/// A share above which, and a sum of exp(x - max) below which, a row is computed from the rest.
inline constexpr double nearly_1 = 0.9, small_total = 1.125;

template <class T>
struct SoftmaxRows {
  /// y = exp(x - max) / sum of them.
  void (*softmax)(const T* x, T* y, Index rows, Index n);
  /// dx = y (dy - sum(dy y)).
  void (*softmax_gradient)(const T* y, const T* dy, T* dx, Index rows, Index n);
  /// y = x - max - log of the sum of exp(x - max).
  void (*log_softmax)(const T* x, T* y, Index rows, Index n);
  /// dx = dy - exp(y) sum(dy), for y = log_softmax(x).
  void (*log_softmax_gradient)(const T* y, const T* dy, T* dx, Index rows, Index n);
  /// e = exp(x - max); `largest` is each row's max, `totals` the sum of its e.
  void (*exponentials)(const T* x, T* e, T* largest, T* totals, Index rows, Index n);
};

struct SoftmaxRowTables {
  SoftmaxRows<float> of_float;
  SoftmaxRows<double> of_double;
};

const SoftmaxRowTables& softmax_row_tables(sse2::Set);
const SoftmaxRowTables& softmax_row_tables(avx2::Set);
const SoftmaxRowTables& softmax_row_tables(avx512::Set);

/// The kernels for this CPU.
template <class T>
const SoftmaxRows<T>& softmax_rows() {
  static const SoftmaxRowTables& chosen =
      for_this_cpu([](auto set) -> const SoftmaxRowTables& { return softmax_row_tables(set); });
  if constexpr (std::is_same_v<T, float>)
    return chosen.of_float;
  else
    return chosen.of_double;
}

}  // namespace reel::kernels
