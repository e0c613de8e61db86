#include <reel/core/kernels/pooling/upsampling.h>

#include <algorithm>
#include <cmath>

#include <reel/core/runtime/memory.h>
#include <reel/core/runtime/parallel.h>
#include <reel/core/runtime/scratch.h>

namespace reel::kernels {
namespace {

// Where an output position lies between two inputs: (1 - weight) x[low] + weight x[high].
struct Neighbours {
  Index low, high;
  double weight;
};

Neighbours place_of(Index p, Index in, Index factor) {
  const double centre = (static_cast<double>(p) + 0.5) / static_cast<double>(factor) - 0.5;
  const auto floor = static_cast<Index>(std::floor(centre));
  return {std::max<Index>(floor, 0), std::min(floor + 1, in - 1),
          centre - static_cast<double>(floor)};
}

// What each output position takes, for a whole axis.
memory::Vector<Neighbours> places_of(Index in, Index factor) {
  memory::Vector<Neighbours> places;
  for (Index p = 0; p < in * factor; ++p) places.push_back(place_of(p, in, factor));
  return places;
}

// How much of input i goes to output p; `first` is where the takers of each input begin in the
// list, which holds them in ascending order.
struct Taker {
  Index output;
  double weight;
};
struct Takers {
  memory::Vector<Taker> list;
  memory::Vector<Index> first;
};

Takers takers_of(Index in, Index factor) {
  Takers takers;
  for (Index i = 0; i < in; ++i) {
    takers.first.push_back(static_cast<Index>(takers.list.size()));
    const Index begin = std::max<Index>(0, (i - 1) * factor);
    for (Index p = begin; p < std::min(in, i + 2) * factor; ++p) {
      const Neighbours place = place_of(p, in, factor);
      const double weight =
          (place.low == i ? 1 - place.weight : 0) + (place.high == i ? place.weight : 0);
      if (weight != 0) takers.list.push_back({p, weight});
    }
  }
  takers.first.push_back(static_cast<Index>(takers.list.size()));
  return takers;
}

// Calls body(row) for each row; a range of rows is about 16,000 numbers of work.
template <class Body>
void for_rows(Index rows, Index work_per_row, const Body& body) {
  parallel_ranges(rows, 16384 / std::max<Index>(1, work_per_row), [&](Index begin, Index end) {
    for (Index row = begin; row < end; ++row) body(row);
  });
}

}  // namespace

// Two rows are blended into one, whose columns are blended then: the first step is one long loop.
template <class T>
void upsample_bilinear(const Upsampling& u, const T* x, T* y) {
  const Index out_height = u.height * u.row_factor, out_width = u.width * u.column_factor;
  const Index row_size = u.width * u.lanes;
  const memory::Vector<Neighbours> columns = places_of(u.width, u.column_factor);
  for_rows(u.planes * out_height, out_width * u.lanes, [&](Index tile) {
    const Neighbours row = place_of(tile % out_height, u.height, u.row_factor);
    const T* plane = x + tile / out_height * u.height * row_size;
    const T* above = plane + row.low * row_size;
    const T* below = plane + row.high * row_size;
    const T down = static_cast<T>(row.weight), rest = 1 - down;
    Scratch<T> scratch(row_size);
    T* const blend = scratch.data();
    for (Index i = 0; i < row_size; ++i) blend[i] = above[i] * rest + below[i] * down;
    T* to = y + tile * out_width * u.lanes;
    for (const Neighbours& column : columns) {
      const T* left = blend + column.low * u.lanes;
      const T* right = blend + column.high * u.lanes;
      const T across = static_cast<T>(column.weight), other = 1 - across;
      for (Index l = 0; l < u.lanes; ++l) to[l] = left[l] * other + right[l] * across;
      to += u.lanes;
    }
  });
}

// The steps of the above, transposed, in the other order.
template <class T>
void upsample_bilinear_adjoint(const Upsampling& u, const T* dy, T* dx) {
  const Index out_height = u.height * u.row_factor, out_width = u.width * u.column_factor;
  const Index out_size = out_width * u.lanes;
  const Takers rows = takers_of(u.height, u.row_factor);
  const Takers columns = takers_of(u.width, u.column_factor);
  for_rows(u.planes * u.height, 4 * out_size, [&](Index tile) {
    const Index h = tile % u.height;
    const T* plane = dy + tile / u.height * out_height * out_size;
    Scratch<T> scratch(out_size);
    T* const blend = scratch.data();
    std::fill_n(blend, out_size, T(0));
    for (Index i = rows.first[h]; i < rows.first[h + 1]; ++i) {
      const T* from = plane + rows.list[i].output * out_size;
      const T weight = static_cast<T>(rows.list[i].weight);
      for (Index k = 0; k < out_size; ++k) blend[k] += weight * from[k];
    }
    T* to = dx + tile * u.width * u.lanes;
    std::fill_n(to, u.width * u.lanes, T(0));
    for (Index w = 0; w < u.width; ++w, to += u.lanes)
      for (Index i = columns.first[w]; i < columns.first[w + 1]; ++i) {
        const T* from = blend + columns.list[i].output * u.lanes;
        const T weight = static_cast<T>(columns.list[i].weight);
        for (Index l = 0; l < u.lanes; ++l) to[l] += weight * from[l];
      }
  });
}

template void upsample_bilinear(const Upsampling&, const float*, float*);
template void upsample_bilinear(const Upsampling&, const double*, double*);
template void upsample_bilinear_adjoint(const Upsampling&, const float*, float*);
template void upsample_bilinear_adjoint(const Upsampling&, const double*, double*);

}  // namespace reel::kernels
