// The largest number of each channels-first plane, and its gradient.
//
// One window as large as its plane would be a walk with positions number by number, or tap by tap
// with one output each. A fold finds the largest faster; then the position is looked for. What is
// kept is the same as for any pool. Read next: pooling_loops.cpp.
#pragma once

#include <reel/core/kernels/pooling/pooling_loops.h>

namespace reel::kernels {

/// Whether each plane of single numbers has one window, which is all of it.
bool is_global(const PoolGeometry& g);

/// `max_pool` and `scatter_maxima` for such a pool.
template <class T, class Position>
void global_max(const PoolGeometry& g, const T* x, T* y, Position* positions);
template <class T, class Position>
void scatter_global(const PoolGeometry& g, const T* dy, const Position* positions, T* dx);

}  // namespace reel::kernels
