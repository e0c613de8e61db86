#include <reel/core/kernels/upsampling.h>

#include <algorithm>
#include <cmath>

#include <reel/core/parallel.h>

namespace reel::kernels {
namespace {

// Where an output position lies between two inputs: (1 - weight) x[low] + weight x[high].
struct Place {
  Index low, high;
  double weight;
};

Place place_of(Index p, Index in, Index factor) {
  const double centre = (static_cast<double>(p) + 0.5) / static_cast<double>(factor) - 0.5;
  const auto floor = static_cast<Index>(std::floor(centre));
  return {std::max<Index>(floor, 0), std::min(floor + 1, in - 1),
          centre - static_cast<double>(floor)};
}

// How much of input i output p takes.
double share(Index i, Index p, Index in, Index factor) {
  const Place place = place_of(p, in, factor);
  return (place.low == i ? 1 - place.weight : 0) + (place.high == i ? place.weight : 0);
}

// Outputs that may take from input i: [first, last).
Index first_taker(Index i, Index factor) { return std::max<Index>(0, (i - 1) * factor); }
Index last_taker(Index i, Index in, Index factor) { return std::min(in, i + 2) * factor; }

// Calls body(row) for each row; a range of rows is about 16,000 numbers of work.
template <class Body>
void for_rows(Index rows, Index work_per_row, const Body& body) {
  parallel_ranges(rows, 16384 / std::max<Index>(1, work_per_row), [&](Index begin, Index end) {
    for (Index row = begin; row < end; ++row) body(row);
  });
}

}  // namespace

template <class T>
void upsample_bilinear(const Upsampling& u, const T* x, T* y) {
  const Index out_height = u.height * u.row_factor, out_width = u.width * u.column_factor;
  for_rows(u.planes * out_height, out_width * u.lanes, [&](Index tile) {
    const Place row = place_of(tile % out_height, u.height, u.row_factor);
    const T* plane = x + tile / out_height * u.height * u.width * u.lanes;
    const T* above = plane + row.low * u.width * u.lanes;
    const T* below = plane + row.high * u.width * u.lanes;
    const T down = static_cast<T>(row.weight);
    T* to = y + tile * out_width * u.lanes;
    for (Index q = 0; q < out_width; ++q) {
      const Place column = place_of(q, u.width, u.column_factor);
      const Index left = column.low * u.lanes, right = column.high * u.lanes;
      const T across = static_cast<T>(column.weight);
      for (Index l = 0; l < u.lanes; ++l) {
        const T top = above[left + l] * (1 - across) + above[right + l] * across;
        const T bottom = below[left + l] * (1 - across) + below[right + l] * across;
        *to++ = top * (1 - down) + bottom * down;
      }
    }
  });
}

template <class T>
void upsample_bilinear_adjoint(const Upsampling& u, const T* dy, T* dx) {
  const Index out_height = u.height * u.row_factor, out_width = u.width * u.column_factor;
  for_rows(u.planes * u.height, 4 * out_width * u.lanes, [&](Index tile) {
    const Index h = tile % u.height;
    const T* plane = dy + tile / u.height * out_height * out_width * u.lanes;
    T* row = dx + tile * u.width * u.lanes;
    std::fill_n(row, u.width * u.lanes, T(0));
    for (Index p = first_taker(h, u.row_factor); p < last_taker(h, u.height, u.row_factor); ++p) {
      const double down = share(h, p, u.height, u.row_factor);
      for (Index w = 0; w < u.width; ++w)
        for (Index q = first_taker(w, u.column_factor); q < last_taker(w, u.width, u.column_factor);
             ++q) {
          const T weight = static_cast<T>(down * share(w, q, u.width, u.column_factor));
          const T* from = plane + (p * out_width + q) * u.lanes;
          for (Index l = 0; l < u.lanes; ++l) row[w * u.lanes + l] += weight * from[l];
        }
    }
  });
}

template void upsample_bilinear(const Upsampling&, const float*, float*);
template void upsample_bilinear(const Upsampling&, const double*, double*);
template void upsample_bilinear_adjoint(const Upsampling&, const float*, float*);
template void upsample_bilinear_adjoint(const Upsampling&, const double*, double*);

}  // namespace reel::kernels
