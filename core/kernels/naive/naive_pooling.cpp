// Five loops over windows, each a walk over places: one lane of one window.
//
// A place knows where its output lies and which inputs it sees. Pooling reads there; gradients add
// there, so that inputs under several windows get several shares, in the order of the windows.
// Read before: naive_pooling.h, window.h. Read next: pooling.cpp.
#include <reel/core/kernels/naive/naive_pooling.h>

namespace reel::kernels::naive {
namespace {

// One lane of one window.
struct Place {
  const PoolGeometry& g;
  Index plane, p, q, lane;

  Index output() const {
    return ((plane * g.rows.output + p) * g.columns.output + q) * g.lanes + lane;
  }
  Index input(Index h, Index w) const {
    return ((plane * g.rows.input + h) * g.columns.input + w) * g.lanes + lane;
  }
  // The input at a position of the window.
  Index input_at(Index position) const {
    return input(g.rows.source(p, position / g.columns.kernel),
                 g.columns.source(q, position % g.columns.kernel));
  }

  // Calls f(position in the window, input) for each tap that meets an input.
  template <class F>
  void for_each_input(const F& f) const {
    for_each_tap(g.rows, g.columns, p, q, [&](Index r, Index s, Index h, Index w) {
      f(r * g.columns.kernel + s, input(h, w));
    });
  }

  // What a sum is divided by.
  template <class T>
  T divisor(bool divide) const {
    T count = 0;
    for_each_input([&](Index, Index) { ++count; });
    return divide ? count : 1;
  }
};

template <class F>
void for_each_place(const PoolGeometry& g, const F& f) {
  for (Index plane = 0; plane < g.planes; ++plane)
    for (Index p = 0; p < g.rows.output; ++p)
      for (Index q = 0; q < g.columns.output; ++q)
        for (Index lane = 0; lane < g.lanes; ++lane) f(Place{g, plane, p, q, lane});
}

template <class T>
void clear_inputs(const PoolGeometry& g, T* dx) {
  std::fill_n(dx, g.planes * g.rows.input * g.columns.input * g.lanes, T(0));
}

template <class T>
bool is_nan(T v) {
  return v != v;
}

}  // namespace

template <class T, class Position>
void max_pool(const PoolGeometry& g, const T* x, T* y, Position* positions) {
  for_each_place(g, [&](const Place& at) {
    Index best = -1;
    T largest = 0;
    at.for_each_input([&](Index position, Index input) {
      const T v = x[input];
      if (best >= 0 && (is_nan(largest) || !(v > largest || is_nan(v)))) return;
      best = position;
      largest = v;
    });
    y[at.output()] = largest;
    if (positions) positions[at.output()] = static_cast<Position>(best);
  });
}

template <class T, class Position>
void scatter_maxima(const PoolGeometry& g, const T* dy, const Position* positions, T* dx) {
  clear_inputs(g, dx);
  for_each_place(g, [&](const Place& at) {
    dx[at.input_at(static_cast<Index>(positions[at.output()]))] += dy[at.output()];
  });
}

template <class T, class Position>
void gather_maxima(const PoolGeometry& g, const T* x, const Position* positions, T* y) {
  for_each_place(g, [&](const Place& at) {
    y[at.output()] = x[at.input_at(static_cast<Index>(positions[at.output()]))];
  });
}

template <class T>
void sum_pool(const PoolGeometry& g, bool divide, const T* x, T* y) {
  for_each_place(g, [&](const Place& at) {
    T sum = 0;
    at.for_each_input([&](Index, Index input) { sum += x[input]; });
    y[at.output()] = sum / at.divisor<T>(divide);
  });
}

template <class T>
void spread_sums(const PoolGeometry& g, bool divide, const T* dy, T* dx) {
  clear_inputs(g, dx);
  for_each_place(g, [&](const Place& at) {
    const T share = dy[at.output()] / at.divisor<T>(divide);
    at.for_each_input([&](Index, Index input) { dx[input] += share; });
  });
}

template void max_pool(const PoolGeometry&, const float*, float*, float*);
template void max_pool(const PoolGeometry&, const float*, float*, unsigned char*);
template void max_pool(const PoolGeometry&, const double*, double*, double*);
template void max_pool(const PoolGeometry&, const double*, double*, unsigned char*);
template void scatter_maxima(const PoolGeometry&, const float*, const float*, float*);
template void scatter_maxima(const PoolGeometry&, const float*, const unsigned char*, float*);
template void scatter_maxima(const PoolGeometry&, const double*, const double*, double*);
template void scatter_maxima(const PoolGeometry&, const double*, const unsigned char*, double*);
template void gather_maxima(const PoolGeometry&, const float*, const float*, float*);
template void gather_maxima(const PoolGeometry&, const float*, const unsigned char*, float*);
template void gather_maxima(const PoolGeometry&, const double*, const double*, double*);
template void gather_maxima(const PoolGeometry&, const double*, const unsigned char*, double*);
template void sum_pool(const PoolGeometry&, bool, const float*, float*);
template void sum_pool(const PoolGeometry&, bool, const double*, double*);
template void spread_sums(const PoolGeometry&, bool, const float*, float*);
template void spread_sums(const PoolGeometry&, bool, const double*, double*);

}  // namespace reel::kernels::naive
