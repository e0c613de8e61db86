// Loops of max, sum and average pooling on plain memory.
//
// Both data formats are one picture here: planes of height x width positions with `lanes` numbers
// at each. channels_last is N planes with C lanes, channels_first is N * C planes with one lane.
// Forward loops run over output rows. Backward loops run over *input* rows and gather from every
// window that covers them: no two tiles write the same place, so the sums have one order and the
// same bits for any number of threads; the price is that overlapping windows are looked up again.
// Where the maxima were is kept as a position within the window, counted row by row from its
// unclipped corner: in a byte where all windows are small, else in the element type. Kernels
// compare rows of them in the element type, without widening lane by lane.
// Read before: window.h. Read next: naive_pooling.h, pooling_loops.cpp.
#pragma once

#include <reel/core/kernels/convolution/window.h>

namespace reel::kernels {

struct PoolGeometry {
  Index planes = 0, lanes = 0;
  WindowAxis rows, columns;  // no window is empty, no dilation
};

/// Whether a byte holds every position of a window.
inline bool positions_fit_bytes(const PoolGeometry& g) {
  return g.rows.kernel <= 256 / g.columns.kernel;
}

/// y = the largest of each window, NaN if one is there; `positions` (if not null): the first that
/// is as large, or the first NaN.
template <class T, class Position>
void max_pool(const PoolGeometry& g, const T* x, T* y, Position* positions);

/// dx = the sum of dy over the windows whose maximum an element was.
template <class T, class Position>
void scatter_maxima(const PoolGeometry& g, const T* dy, const Position* positions, T* dx);

/// y = x at the positions: the adjoint of `scatter_maxima`.
template <class T, class Position>
void gather_maxima(const PoolGeometry& g, const T* x, const Position* positions, T* y);

/// y = the sum of the part of each window inside the input, divided by its size if asked.
template <class T>
void sum_pool(const PoolGeometry& g, bool divide, const T* x, T* y);

/// dx = the sum of dy, divided likewise, over the windows that cover an element: the adjoint.
template <class T>
void spread_sums(const PoolGeometry& g, bool divide, const T* dy, T* dx);

}  // namespace reel::kernels
