// The loops of depthwise_rows.h, compiled once for each instruction set (isa.h).
//
// `correlate` keeps the sums of B neighbouring columns in registers until all taps are added, so a
// kernel's vector is loaded once for B columns. Where neighbours share sources (stride 1 and 2), a
// row's sources are loaded once, too: that is what the parameters S (taps in a row of the kernel)
// and A (sources from a column to the next) are fixed at compile time for. `accumulate` keeps the
// sums of R x S taps in registers along the columns; that many, because each waits for its last
// multiplication. Both have general versions for all other sizes.
#include <reel/core/kernels/depthwise_rows.h>
#include <reel/core/kernels/vectors.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

// What one segment of a row needs, in numbers of elements.
template <class T>
struct Piece {
  const T* source;  // at the first row tap and the first column tap of the segment's first column
  const T* kernel;  // at the same taps
  Index rows, source_row, kernel_row;           // row taps, and from one to the next
  Index columns, source_column, kernel_column;  // column taps likewise
  Index count, advance, step;                   // columns; from one to the next in source and out
  Index lanes;
};

template <class T>
Piece<T> piece_of(const LaneRows<const T>& source, const Taps& rows, const Columns& columns,
                  const Segment& segment, const T* kernel) {
  const Taps& taps = segment.taps;
  const Index lanes = source.lanes, row = source.columns * lanes;
  const Index kernel_row = columns.kernel_columns * lanes;
  return {source.first_row + (rows.other - source.first) * row + taps.other * lanes,
          kernel + rows.tap * kernel_row + taps.tap * lanes,
          rows.count,
          rows.other_step * row,
          rows.tap_step * kernel_row,
          taps.count,
          taps.other_step * lanes,
          taps.tap_step * lanes,
          segment.count,
          segment.advance * lanes,
          segment.step * lanes,
          lanes};
}

// B columns from column `first` on. S column taps, A = advance / source_column; S = 0: any.
template <int B, int S, int A, class T>
void correlate_block(const Piece<T>& p, Index first, T* out) {
  using V = Vector<T>;
  out += first * p.step;
  for (Index lane = 0; lane < p.lanes; lane += V::width) {
    typename V::Type sums[B] = {};
    const T* source = p.source + first * p.advance + lane;
    const T* kernel = p.kernel + lane;
    for (Index i = 0; i < p.rows; ++i, source += p.source_row, kernel += p.kernel_row) {
      if constexpr (S > 0) {
        constexpr int seen = (B - 1) * A + S;
        typename V::Type sources[seen];
#pragma GCC unroll 32
        for (int j = 0; j < seen; ++j)
          sources[j] = in_register(V::load(source + j * p.source_column));
#pragma GCC unroll 8
        for (int s = 0; s < S; ++s) {
          const auto factor = in_register(V::load(kernel + s * p.kernel_column));
#pragma GCC unroll 8
          for (int b = 0; b < B; ++b) sums[b] += factor * sources[b * A + s];
        }
      } else {
        for (Index s = 0; s < p.columns; ++s) {
          const auto factor = in_register(V::load(kernel + s * p.kernel_column));
          const T* from = source + s * p.source_column;
#pragma GCC unroll 8
          for (int b = 0; b < B; ++b) sums[b] += factor * V::load(from + b * p.advance);
        }
      }
    }
    // By now `source` is at the row that the next row of the result will see first.
#pragma GCC unroll 8
    for (int b = 0; b < B; ++b) __builtin_prefetch(source + b * p.advance);
#pragma GCC unroll 8
    for (int b = 0; b < B; ++b) V::store(out + b * p.step + lane, sums[b]);
  }
}

template <int S, int A, class T>
void correlate_segment(const Piece<T>& p, T* out) {
  Index i = 0;
  if constexpr (registers == 32 || S == 0)
    for (; i + 8 <= p.count; i += 8) correlate_block<8, S, A>(p, i, out);
  for (; i + 4 <= p.count; i += 4) correlate_block<4, S, A>(p, i, out);
  for (; i + 2 <= p.count; i += 2) correlate_block<2, S, A>(p, i, out);
  for (; i < p.count; ++i) correlate_block<1, S, A>(p, i, out);
}

template <class T>
void correlate(const LaneRows<const T>& source, const Taps& rows, const Columns& columns,
               const T* kernel, T* out) {
  for (Index i = 0; i < columns.count; ++i) {
    const Segment& segment = columns.segments[i];
    const Piece<T> p = piece_of(source, rows, columns, segment, kernel);
    T* const to = out + segment.begin * p.lanes;
    const bool sliding = p.advance == p.source_column, by_two = p.advance == 2 * p.source_column;
    if (p.columns == 3 && sliding)
      correlate_segment<3, 1>(p, to);
    else if (p.columns == 3 && by_two)
      correlate_segment<3, 2>(p, to);
    else if (p.columns == 5 && sliding)
      correlate_segment<5, 1>(p, to);
    else
      correlate_segment<0, 0>(p, to);
  }
}

// The R x S taps from row tap `row` and column tap `column` on.
template <int R, int S, class T>
void accumulate_taps(const Piece<T>& p, Index row, Index column, const T* dy, T* gradient) {
  using V = Vector<T>;
  const T* source = p.source + row * p.source_row + column * p.source_column;
  gradient += row * p.kernel_row + column * p.kernel_column;
  for (Index lane = 0; lane < p.lanes; lane += V::width) {
    typename V::Type sums[R][S];
    for (int r = 0; r < R; ++r)
      for (int s = 0; s < S; ++s)
        sums[r][s] = V::load(gradient + r * p.kernel_row + s * p.kernel_column + lane);
    const T* from = source + lane;
    const T* factors = dy + lane;
    for (Index i = 0; i < p.count; ++i, from += p.advance, factors += p.step) {
      const auto factor = V::load(factors);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
        for (int s = 0; s < S; ++s)
          sums[r][s] += factor * V::load(from + r * p.source_row + s * p.source_column);
    }
    for (int r = 0; r < R; ++r)
      for (int s = 0; s < S; ++s)
        V::store(gradient + r * p.kernel_row + s * p.kernel_column + lane, sums[r][s]);
  }
}

template <int S, class T>
void accumulate_columns(const Piece<T>& p, Index column, const T* dy, T* gradient) {
  Index row = 0;
  for (; row + 3 <= p.rows; row += 3) accumulate_taps<3, S>(p, row, column, dy, gradient);
  for (; row < p.rows; ++row) accumulate_taps<1, S>(p, row, column, dy, gradient);
}

template <class T>
void accumulate(const LaneRows<const T>& source, const Taps& rows, const Columns& columns,
                const T* dy, T* gradient) {
  for (Index i = 0; i < columns.count; ++i) {
    const Segment& segment = columns.segments[i];
    const Taps& taps = segment.taps;
    const Piece<T> p = piece_of(source, rows, columns, segment, static_cast<const T*>(gradient));
    T* const to = gradient + (p.kernel - gradient);
    const T* const from = dy + segment.begin * p.lanes;
    Index column = 0;
    for (; column + 3 <= taps.count; column += 3) accumulate_columns<3>(p, column, from, to);
    for (; column < taps.count; ++column) accumulate_columns<1>(p, column, from, to);
  }
}

template <class T>
constexpr DepthwiseRows<T> table{correlate<T>, accumulate<T>};

}  // namespace
}  // namespace REEL_ISA

const DepthwiseRowsTables& depthwise_rows_tables(REEL_ISA::Set) {
  static constexpr DepthwiseRowsTables tables{REEL_ISA::table<float>, REEL_ISA::table<double>};
  return tables;
}

}  // namespace reel::kernels
