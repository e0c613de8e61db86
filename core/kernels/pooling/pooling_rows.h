// Pooling windows that lie wholly inside the input: rows of them in one pass over the data.
//
// A row of such windows reads its inputs once and keeps sums and maxima in registers. Where windows
// also lie side by side, as the usual pool's do, each input belongs to one of them, so a gradient
// is written without being cleared first. Any other pool is made of taps (pooling_taps.h). The
// order of comparisons and sums is that of the taps: row by row, from left to right, so both give
// the same bits. Read before: isa.h. Read next: pooling_loops.h.
#pragma once

#include <type_traits>

#include <reel/core/dtype.h>
#include <reel/core/runtime/isa.h>

namespace reel::kernels {

/// A row of `outputs` windows, each `height` x `width` inputs of `lanes` numbers.
struct PoolRow {
  Index outputs, lanes, height, width;
  Index step;   // from one window to the next, in numbers
  Index pitch;  // from a row of inputs to the next, in numbers
};

template <class T>
struct PoolRows {
  /// y = the largest of each window, NaN if one is there; `positions` (if not null) of the first.
  void (*max)(const PoolRow& row, const T* x, T* y, T* positions);
  /// y = the sum of each window over `divisor`.
  void (*sum)(const PoolRow& row, T divisor, const T* x, T* y);
  /// For windows side by side; where there is one lane, of 2 x 2:
  /// dx = dy at the positions, else 0, in whole rows of inputs.
  void (*scatter)(const PoolRow& row, const T* dy, const T* positions, T* dx);
  /// dx = dy over `divisor`, in whole rows of inputs; 0 outside of windows.
  void (*spread)(const PoolRow& row, T divisor, const T* dy, T* dx);
};

struct PoolRowTables {
  PoolRows<float> of_float;
  PoolRows<double> of_double;
};

const PoolRowTables& pool_row_tables(sse2::Set);
const PoolRowTables& pool_row_tables(avx2::Set);
const PoolRowTables& pool_row_tables(avx512::Set);

/// The kernels for this CPU.
template <class T>
const PoolRows<T>& pool_rows() {
  static const PoolRowTables& chosen =
      for_this_cpu([](auto set) -> const PoolRowTables& { return pool_row_tables(set); });
  if constexpr (std::is_same_v<T, float>)
    return chosen.of_float;
  else
    return chosen.of_double;
}

}  // namespace reel::kernels
