#include <reel/core/kernels/pooling/pooling_global.h>

#include <algorithm>

#include <reel/core/kernels/reduction/reduction_loops.h>
#include <reel/core/runtime/parallel.h>

namespace reel::kernels {

bool is_global(const PoolGeometry& g) {
  const auto whole = [](const WindowAxis& axis) {
    return axis.kernel == axis.input && axis.output == 1 && axis.before == 0;
  };
  return g.lanes == 1 && whole(g.rows) && whole(g.columns);
}

template <class T, class Position>
void global_max(const PoolGeometry& g, const T* x, T* y, Position* positions) {
  const Index size = g.rows.input * g.columns.input;
  fold(Fold::maximum, x, g.planes, size, Index{1}, y);
  if (!positions) return;
  parallel_ranges(g.planes, 16384 / size, [&](Index begin, Index end) {
    for (Index plane = begin; plane < end; ++plane) {
      const T* from = x + plane * size;
      const T largest = y[plane];
      Index at = 0;
      while (largest == largest ? from[at] != largest : from[at] == from[at]) ++at;
      positions[plane] = static_cast<Position>(at);
    }
  });
}

template <class T, class Position>
void scatter_global(const PoolGeometry& g, const T* dy, const Position* positions, T* dx) {
  const Index size = g.rows.input * g.columns.input;
  parallel_ranges(g.planes, 16384 / size, [&](Index begin, Index end) {
    std::fill_n(dx + begin * size, (end - begin) * size, T(0));
    for (Index plane = begin; plane < end; ++plane)
      dx[plane * size + static_cast<Index>(positions[plane])] = dy[plane];
  });
}

template void global_max(const PoolGeometry&, const float*, float*, float*);
template void scatter_global(const PoolGeometry&, const float*, const float*, float*);
template void global_max(const PoolGeometry&, const float*, float*, unsigned char*);
template void scatter_global(const PoolGeometry&, const float*, const unsigned char*, float*);
template void global_max(const PoolGeometry&, const double*, double*, double*);
template void scatter_global(const PoolGeometry&, const double*, const double*, double*);
template void global_max(const PoolGeometry&, const double*, double*, unsigned char*);
template void scatter_global(const PoolGeometry&, const double*, const unsigned char*, double*);

}  // namespace reel::kernels
