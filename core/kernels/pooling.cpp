#include <reel/core/kernels/pooling.h>

#include <type_traits>

#include <reel/core/parallel.h>

namespace reel::kernels {
namespace {

// Calls body(plane, row) for all rows of all planes; a tile holds about 16,000 elements to look at.
template <class Body>
void for_rows(const PoolGeometry& g, Index rows, Index work_per_row, const Body& body) {
  const Index total = g.planes * rows;
  const Index grain = std::max<Index>(1, 16384 / std::max<Index>(1, work_per_row));
  parallel_for((total + grain - 1) / grain, [&](Index tile) {
    for (Index i = tile * grain; i < std::min(total, (tile + 1) * grain); ++i)
      body(i / rows, i % rows);
  });
}

// Calls body(width, lane) for blocks of lanes that fill vector registers, then for single ones.
template <class Body>
void for_lanes(Index lanes, const Body& body) {
  Index lane = 0;
  for (; lane + 16 <= lanes; lane += 16) body(std::integral_constant<int, 16>{}, lane);
  for (; lane + 4 <= lanes; lane += 4) body(std::integral_constant<int, 4>{}, lane);
  for (; lane < lanes; ++lane) body(std::integral_constant<int, 1>{}, lane);
}

// Calls body(width, input offset of the window's plane and lane, output offset) for one output row.
template <class Body>
void for_windows(const PoolGeometry& g, Index plane, Index p, const Body& body) {
  const Index from = plane * g.rows.in * g.columns.in * g.lanes;
  const Index to = (plane * g.rows.out + p) * g.columns.out * g.lanes;
  for (Index q = 0; q < g.columns.out; ++q)
    for_lanes(g.lanes, [&](auto width, Index lane) {
      body(width, q, from + lane, to + q * g.lanes + lane);
    });
}

template <class Body>
void for_output_rows(const PoolGeometry& g, const Body& body) {
  const Index taps = std::min(g.rows.in, g.rows.window) * std::min(g.columns.in, g.columns.window);
  for_rows(g, g.rows.out, g.columns.out * g.lanes * taps, body);
}

template <class Body>
void for_input_rows(const PoolGeometry& g, const Body& body) {
  const Index covers = 1 + (g.rows.window - 1) / g.rows.stride;
  for_rows(g, g.rows.in, g.columns.in * g.lanes * std::min(covers, g.rows.out + 1), body);
}

// How many input positions lie in a window.
template <class T>
T covered(const PoolGeometry& g, Index p, Index q) {
  return static_cast<T>((g.rows.end(p) - g.rows.begin(p)) *
                        (g.columns.end(q) - g.columns.begin(q)));
}

template <bool keep, class T>
void max_pool(const PoolGeometry& g, const T* x, T* y, T* positions) {
  const PoolAxis &rows = g.rows, &columns = g.columns;
  for_output_rows(g, [&](Index plane, Index p) {
    for_windows(g, plane, p, [&](auto width, Index q, Index from, Index to) {
      T best[width], where[width];
      const Index h0 = rows.begin(p), w0 = columns.begin(q);
      const T at0 = static_cast<T>((h0 - rows.corner(p)) * columns.window + w0 - columns.corner(q));
      for (int l = 0; l < width; ++l) {
        best[l] = x[from + (h0 * columns.in + w0) * g.lanes + l];
        where[l] = at0;
      }
      for (Index h = h0; h < rows.end(p); ++h)
        for (Index w = w0; w < columns.end(q); ++w) {
          const T* v = x + from + (h * columns.in + w) * g.lanes;
          const T at = at0 + static_cast<T>((h - h0) * columns.window + w - w0);
          for (int l = 0; l < width; ++l) {
            const bool take = (v[l] > best[l]) | (v[l] != v[l]);
            best[l] = take ? v[l] : best[l];
            if (keep) where[l] = take ? at : where[l];
          }
        }
      for (int l = 0; l < width; ++l) y[to + l] = best[l];
      if (keep)
        for (int l = 0; l < width; ++l) positions[to + l] = where[l];
    });
  });
}

}  // namespace

template <class T>
void max_pool(const PoolGeometry& g, const T* x, T* y, T* positions) {
  positions ? max_pool<true>(g, x, y, positions) : max_pool<false>(g, x, y, positions);
}

template <class T>
void gather_maxima(const PoolGeometry& g, const T* x, const T* positions, T* y) {
  const PoolAxis &rows = g.rows, &columns = g.columns;
  for_output_rows(g, [&](Index plane, Index p) {
    for_windows(g, plane, p, [&](auto width, Index q, Index from, Index to) {
      for (int l = 0; l < width; ++l) {
        const auto at = static_cast<Index>(positions[to + l]);
        const Index h = rows.corner(p) + at / columns.window;
        const Index w = columns.corner(q) + at % columns.window;
        y[to + l] = x[from + (h * columns.in + w) * g.lanes + l];
      }
    });
  });
}

template <class T>
void scatter_maxima(const PoolGeometry& g, const T* dy, const T* positions, T* dx) {
  const PoolAxis &rows = g.rows, &columns = g.columns;
  for_input_rows(g, [&](Index plane, Index h) {
    T* to = dx + (plane * rows.in + h) * columns.in * g.lanes;
    std::fill_n(to, columns.in * g.lanes, T(0));
    for (Index p = rows.first(h); p < rows.last(h); ++p)
      for (Index q = 0; q < columns.out; ++q) {
        const Index from = ((plane * rows.out + p) * columns.out + q) * g.lanes;
        const Index code = (h - rows.corner(p)) * columns.window - columns.corner(q);
        for (Index w = columns.begin(q); w < columns.end(q); ++w) {
          const T at = static_cast<T>(code + w);
          for_lanes(g.lanes, [&](auto width, Index lane) {
            T* sum = to + w * g.lanes + lane;
            for (int l = 0; l < width; ++l)
              sum[l] += positions[from + lane + l] == at ? dy[from + lane + l] : T(0);
          });
        }
      }
  });
}

template <class T>
void sum_pool(const PoolGeometry& g, bool divide, const T* x, T* y) {
  const PoolAxis &rows = g.rows, &columns = g.columns;
  for_output_rows(g, [&](Index plane, Index p) {
    for_windows(g, plane, p, [&](auto width, Index q, Index from, Index to) {
      T sum[width] = {};
      for (Index h = rows.begin(p); h < rows.end(p); ++h) {
        T row_sum[width] = {};  // sums of sums: a window may be a whole image
        for (Index w = columns.begin(q); w < columns.end(q); ++w)
          for (int l = 0; l < width; ++l)
            row_sum[l] += x[from + (h * columns.in + w) * g.lanes + l];
        for (int l = 0; l < width; ++l) sum[l] += row_sum[l];
      }
      const T count = divide ? covered<T>(g, p, q) : T(1);
      for (int l = 0; l < width; ++l) y[to + l] = sum[l] / count;
    });
  });
}

template <class T>
void spread_sums(const PoolGeometry& g, bool divide, const T* dy, T* dx) {
  const PoolAxis &rows = g.rows, &columns = g.columns;
  for_input_rows(g, [&](Index plane, Index h) {
    T* to = dx + (plane * rows.in + h) * columns.in * g.lanes;
    std::fill_n(to, columns.in * g.lanes, T(0));
    for (Index p = rows.first(h); p < rows.last(h); ++p)
      for (Index q = 0; q < columns.out; ++q) {
        const T* from = dy + ((plane * rows.out + p) * columns.out + q) * g.lanes;
        const T share = divide ? T(1) / covered<T>(g, p, q) : T(1);
        for (Index w = columns.begin(q); w < columns.end(q); ++w)
          for (Index l = 0; l < g.lanes; ++l) to[w * g.lanes + l] += from[l] * share;
      }
  });
}

template void max_pool(const PoolGeometry&, const float*, float*, float*);
template void max_pool(const PoolGeometry&, const double*, double*, double*);
template void scatter_maxima(const PoolGeometry&, const float*, const float*, float*);
template void scatter_maxima(const PoolGeometry&, const double*, const double*, double*);
template void gather_maxima(const PoolGeometry&, const float*, const float*, float*);
template void gather_maxima(const PoolGeometry&, const double*, const double*, double*);
template void sum_pool(const PoolGeometry&, bool, const float*, float*);
template void sum_pool(const PoolGeometry&, bool, const double*, double*);
template void spread_sums(const PoolGeometry&, bool, const float*, float*);
template void spread_sums(const PoolGeometry&, bool, const double*, double*);

}  // namespace reel::kernels
