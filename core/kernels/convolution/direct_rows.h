// The inner loops of a dense convolution without a product of matrices: a row of results at a time.
//
// A block of results, some positions by a vector or two of filters, stays in registers while all
// that it sums over goes by: a number of the source, in all lanes, times those vectors of the
// kernel. Nothing is copied but the kernel, in panels so wide. What a position sees lies in runs,
// mostly a row of taps by channels each. Read before: isa.h. Read next: direct_rows_kernels.cpp,
// direct.h.
#pragma once

#include <type_traits>

#include <reel/core/dtype.h>
#include <reel/core/runtime/isa.h>

namespace reel::kernels {

/// Numbers that the first position sees side by side, and their part of a panel, (count, panel).
template <class T>
struct DirectRun {
  const T* source;
  const T* kernel;
  Index count;
};

/// A row of positions: each sees its runs `source_step` behind its neighbour's, its result lies
/// `target_step` behind.
struct DirectRow {
  Index positions = 0, source_step = 0, target_step = 0;
  Index kernel_step = 0;  // from a row of the kernel to the next
  Index columns = 0;      // of the panel that are wanted
  bool ahead = false;     // the source comes from memory: it is fetched a block ahead
  bool goes_on = false;   // y holds the sums so far
};

/// Rows of positions whose products are summed, all at the same steps from one to the next.
struct DirectSum {
  Index rows = 0, source_pitch = 0, target_pitch = 0;
  Index positions = 0, source_step = 0, target_step = 0;
  Index sums_step = 0;  // from a row of sums to the next
  Index columns = 0;    // of the panel that are wanted
  bool goes_on = false;
};

template <class T>
struct DirectRows {
  Index panel;  // filters
  /// y = bias + the sums over all runs, then max(y, 0) if asked; bias (panel,) or null. A sum that
  /// goes on takes y instead of the bias.
  void (*forward)(const DirectRow& row, const DirectRun<T>* runs, Index run_count, const T* bias,
                  bool relu, T* y);
  /// sums (count, columns) = the sum over positions of source x dy, or += if it goes on; of dy, all
  /// of a panel is read.
  void (*gradient)(const DirectSum& over, const T* source, Index count, const T* dy, T* sums);
};

struct DirectRowsTables {
  DirectRows<float> of_float[2];
  DirectRows<double> of_double[2];
};

const DirectRowsTables& direct_rows_tables(sse2::Set);
const DirectRowsTables& direct_rows_tables(avx2::Set);
const DirectRowsTables& direct_rows_tables(avx512::Set);

/// The kernels for this CPU whose panels, of one vector or two, suit so many filters.
template <class T>
const DirectRows<T>& direct_rows(Index filters) {
  static const DirectRowsTables& chosen =
      for_this_cpu([](auto set) -> const DirectRowsTables& { return direct_rows_tables(set); });
  const auto& of_type = [&]() -> auto& {
    if constexpr (std::is_same_v<T, float>)
      return chosen.of_float;
    else
      return chosen.of_double;
  }
  ();
  return of_type[filters > of_type[0].panel ? 1 : 0];
}

}  // namespace reel::kernels
