// Pooling as its definition says: one window after the other, one tap after the other.
//
//   y[p, q] = the largest x[h, w], or the sum or mean of x[h, w], over the taps that meet an input
//
// in each lane of each plane (pooling_loops.h says what those are). Every gradient walks the same
// windows and adds to the inputs that the window saw. A maximum is kept as its position in the
// window, counted row by row, padding included; NaN is larger than all, and of equals the first
// wins. The functions take what the fast ones take.
// Read before: window.h, pooling_loops.h. Read next: naive_pooling.cpp, and, the fast way,
// pooling_loops.cpp.
#pragma once

#include <reel/core/kernels/pooling/pooling_loops.h>

namespace reel::kernels::naive {

/// y = the largest of each window; `positions` (if not null): where it is.
template <class T, class Position>
void max_pool(const PoolGeometry& g, const T* x, T* y, Position* positions);

/// dx = the sum of dy over the windows whose maximum an element was.
template <class T, class Position>
void scatter_maxima(const PoolGeometry& g, const T* dy, const Position* positions, T* dx);

/// y = x at the positions.
template <class T, class Position>
void gather_maxima(const PoolGeometry& g, const T* x, const Position* positions, T* y);

/// y = the sum over each window, divided by the number of its taps that meet an input if asked.
template <class T>
void sum_pool(const PoolGeometry& g, bool divide, const T* x, T* y);

/// dx = the sum of dy, divided likewise, over the windows that see an element.
template <class T>
void spread_sums(const PoolGeometry& g, bool divide, const T* dy, T* dx);

}  // namespace reel::kernels::naive
