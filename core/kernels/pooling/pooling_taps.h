// One tap of a pooling window, over one row of outputs: what the loops of pooling_loops.h come down
// to.
//
// Output i of the row meets the `lanes` numbers at x + i * step with those at y + i * lanes: the
// same for x and y swapped roles in the gradients. Read before: isa.h. Read next: pooling_loops.h.
#pragma once

#include <type_traits>

#include <reel/core/dtype.h>
#include <reel/core/runtime/isa.h>

namespace reel::kernels {

struct PoolTap {
  Index outputs, lanes;
  Index step;  // from one output's input to the next one's, in elements
};

template <class T>
struct PoolTaps {
  /// y = the larger of y and x; a NaN stays.
  void (*larger)(PoolTap tap, const T* x, T* y);
  /// The same; `positions` becomes `position` where x is taken.
  void (*larger_at)(PoolTap tap, const T* x, T position, T* y, T* positions);
  /// dx += dy where `positions` is `position`.
  void (*add_where)(PoolTap tap, const T* dy, const T* positions, T position, T* dx);
  /// y += x
  void (*gather)(PoolTap tap, const T* x, T* y);
  /// dx += dy
  void (*spread)(PoolTap tap, const T* dy, T* dx);
};

struct PoolTapTables {
  PoolTaps<float> of_float;
  PoolTaps<double> of_double;
};

const PoolTapTables& pool_tap_tables(sse2::Set);
const PoolTapTables& pool_tap_tables(avx2::Set);
const PoolTapTables& pool_tap_tables(avx512::Set);

/// The kernels for this CPU.
template <class T>
const PoolTaps<T>& pool_taps() {
  static const PoolTapTables& chosen =
      for_this_cpu([](auto set) -> const PoolTapTables& { return pool_tap_tables(set); });
  if constexpr (std::is_same_v<T, float>)
    return chosen.of_float;
  else
    return chosen.of_double;
}

}  // namespace reel::kernels
