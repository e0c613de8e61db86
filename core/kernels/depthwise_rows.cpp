#include <reel/core/kernels/depthwise_rows.h>

#include <cstring>

namespace reel::kernels {
namespace {

// Numbers that one instruction works on; the compiler turns arithmetic on it into that.
template <class T>
struct Vector {
  typedef T Type __attribute__((vector_size(16)));
  static constexpr Index width = 16 / sizeof(T);
  static Type load(const T* from) {
    Type v;
    std::memcpy(&v, from, sizeof v);
    return v;
  }
  static void store(T* to, Type v) { std::memcpy(to, &v, sizeof v); }
};

// B neighbouring positions of a segment, in registers until all their taps are added.
template <int B, class T>
void correlate_block(const LaneRows<const T>& source, const Taps& rows, const Segment& segment,
                     Index first, const T* kernel, Index kernel_columns, T* out) {
  using V = Vector<T>;
  const Index lanes = source.lanes;
  const Taps& columns = segment.taps;
  const Index start = (columns.other + first * segment.advance) * lanes;
  out += (segment.begin + first * segment.step) * lanes;
  for (Index lane = 0; lane < lanes; lane += V::width) {
    typename V::Type sum[B] = {};
    for (Index i = 0; i < rows.count; ++i) {
      const T* from = source.row(rows.other + i * rows.other_step) + start + lane;
      const T* w = kernel + ((rows.tap + i * rows.tap_step) * kernel_columns + columns.tap) * lanes;
      for (Index j = 0; j < columns.count; ++j) {
        const auto factor = V::load(w + j * columns.tap_step * lanes + lane);
        for (int b = 0; b < B; ++b)
          sum[b] += factor * V::load(from + (j * columns.other_step + b * segment.advance) * lanes);
      }
    }
    for (int b = 0; b < B; ++b) V::store(out + b * segment.step * lanes + lane, sum[b]);
  }
}

}  // namespace

template <class T>
void correlate_row(const LaneRows<const T>& source, const Taps& rows, const Segments& columns,
                   const T* kernel, Index kernel_columns, T* out) {
  for (const Segment& segment : columns) {
    Index i = 0;
    for (; i + 4 <= segment.count; i += 4)
      correlate_block<4>(source, rows, segment, i, kernel, kernel_columns, out);
    for (; i < segment.count; ++i)
      correlate_block<1>(source, rows, segment, i, kernel, kernel_columns, out);
  }
}

template <class T>
void accumulate_taps(const LaneRows<const T>& source, const Taps& rows, const Segments& columns,
                     const T* dy, Index kernel_columns, T* gradient) {
  using V = Vector<T>;
  const Index lanes = source.lanes;
  for (Index i = 0; i < rows.count; ++i) {
    const T* row = source.row(rows.other + i * rows.other_step);
    T* row_gradient = gradient + (rows.tap + i * rows.tap_step) * kernel_columns * lanes;
    for (const Segment& segment : columns) {
      const Taps& taps = segment.taps;
      for (Index j = 0; j < taps.count; ++j) {
        const T* from = row + (taps.other + j * taps.other_step) * lanes;
        T* to = row_gradient + (taps.tap + j * taps.tap_step) * lanes;
        for (Index lane = 0; lane < lanes; lane += V::width) {
          auto sum = V::load(to + lane);
          for (Index k = 0; k < segment.count; ++k)
            sum += V::load(from + k * segment.advance * lanes + lane) *
                   V::load(dy + (segment.begin + k * segment.step) * lanes + lane);
          V::store(to + lane, sum);
        }
      }
    }
  }
}

template void correlate_row(const LaneRows<const float>&, const Taps&, const Segments&,
                            const float*, Index, float*);
template void correlate_row(const LaneRows<const double>&, const Taps&, const Segments&,
                            const double*, Index, double*);
template void accumulate_taps(const LaneRows<const float>&, const Taps&, const Segments&,
                              const float*, Index, float*);
template void accumulate_taps(const LaneRows<const double>&, const Taps&, const Segments&,
                              const double*, Index, double*);

}  // namespace reel::kernels
