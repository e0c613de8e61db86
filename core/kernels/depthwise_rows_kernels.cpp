// The loops of depthwise_rows.h, compiled once for each instruction set (isa.h).
//
// Both take B neighbouring columns at a time, vector by vector along the lanes, and load a number
// once for all its uses: where neighbours share sources (stride 1 and 2) a source serves all taps
// of its row that see it, a kernel's vector serves B columns. For that the number S of taps in a
// row and the advance A, in sources from a column to the next, must be known at compile time; S = 0
// is the loop for all other windows. A block of columns goes through all rows before the next
// block, so that the sources that rows share stay in the first-level cache.
// The order of reading, lanes inside and columns in blocks, is one that no hardware foresees; so
// `correlate` fetches the rows that a later row or call will need, which come while work goes on.
#include <reel/core/kernels/depthwise_rows.h>
#include <reel/core/kernels/vectors.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

// The taps of one row of a segment as steps in memory, from those of its first column on.
struct Steps {
  Index rows, source_row, kernel_row;           // row taps, and from one to the next
  Index columns, source_column, kernel_column;  // column taps likewise
  Index source, kernel;                         // of the first tap
  Index advance, out;                           // from a column of the segment to the next
  Index lanes;
  Index row, fetched_rows, to_fetched;  // a source row; those to fetch, from the row after the taps
};

template <class T>
Steps steps_of(const LaneRows<const T>& source, const Grid& grid, const Taps& rows,
               const Segment& segment) {
  const Taps& columns = segment.taps;
  const Index lanes = source.lanes, row = source.columns * lanes;
  const Index kernel_row = grid.kernel_columns * lanes;
  return {rows.count,
          rows.other_step * row,
          rows.tap_step * kernel_row,
          columns.count,
          columns.other_step * lanes,
          columns.tap_step * lanes,
          (rows.other - source.first) * row + columns.other * lanes,
          rows.tap * kernel_row + columns.tap * lanes,
          segment.advance * lanes,
          segment.step * lanes,
          lanes,
          row,
          grid.row_advance,
          ((grid.ahead - 1) * grid.row_advance + 1 - rows.other_step) * row};
}

// B columns of out. Not inlined, nor is the next one: each needs all registers for itself.
template <int B, int S, int A, class T>
[[gnu::noinline]] void correlate_block(const Steps& steps, const T* sources, const T* kernel,
                                       T* out) {
  using V = Vector<T>;
  for (Index lane = 0; lane < steps.lanes; lane += V::width) {
    typename V::Type sums[B] = {};
    const T* from = sources + lane;
    const T* factors = kernel + lane;
    for (Index r = 0; r < steps.rows; ++r, from += steps.source_row, factors += steps.kernel_row) {
      if constexpr (S > 0) {
        constexpr int seen = (B - 1) * A + S;
        typename V::Type row[seen];
#pragma GCC unroll 32
        for (int j = 0; j < seen; ++j)
          row[j] = in_register(V::load(from + j * steps.source_column));
#pragma GCC unroll 8
        for (int s = 0; s < S; ++s) {
          const auto factor = in_register(V::load(factors + s * steps.kernel_column));
#pragma GCC unroll 8
          for (int b = 0; b < B; ++b) sums[b] += factor * row[b * A + s];
        }
      } else {
        for (Index s = 0; s < steps.columns; ++s) {
          const auto factor = in_register(V::load(factors + s * steps.kernel_column));
          const T* at = from + s * steps.source_column;
#pragma GCC unroll 8
          for (int b = 0; b < B; ++b) sums[b] += factor * V::load(at + b * steps.advance);
        }
      }
    }
    const T* fetched = from + steps.to_fetched;
    for (Index r = 0; r < steps.fetched_rows; ++r, fetched += steps.row) {
      constexpr int pixels = A > 0 ? A : 1;  // from a column to the next
#pragma GCC unroll 16
      for (int b = 0; b < B * pixels; ++b)
        __builtin_prefetch(fetched + b * (steps.advance / pixels));
    }
#pragma GCC unroll 8
    for (int b = 0; b < B; ++b) V::store(out + b * steps.out + lane, sums[b]);
  }
}

// What B columns of dy add to the gradient.
template <int B, int S, int A, class T>
[[gnu::noinline]] void accumulate_block(const Steps& steps, const T* sources, const T* dy,
                                        T* gradient) {
  using V = Vector<T>;
  for (Index lane = 0; lane < steps.lanes; lane += V::width) {
    typename V::Type factors[B];
#pragma GCC unroll 8
    for (int b = 0; b < B; ++b) factors[b] = in_register(V::load(dy + b * steps.out + lane));
    const T* from = sources + lane;
    T* to = gradient + lane;
    for (Index r = 0; r < steps.rows; ++r, from += steps.source_row, to += steps.kernel_row) {
      if constexpr (S > 0) {
        typename V::Type sums[S];
#pragma GCC unroll 8
        for (int s = 0; s < S; ++s) sums[s] = V::load(to + s * steps.kernel_column);
#pragma GCC unroll 32
        for (int j = 0; j < (B - 1) * A + S; ++j) {
          const auto source = in_register(V::load(from + j * steps.source_column));
#pragma GCC unroll 8
          for (int s = 0; s < S; ++s)
            if (j >= s && (j - s) % A == 0 && (j - s) / A < B)
              sums[s] += source * factors[(j - s) / A];
        }
#pragma GCC unroll 8
        for (int s = 0; s < S; ++s) V::store(to + s * steps.kernel_column, sums[s]);
      } else {
        for (Index s = 0; s < steps.columns; ++s) {
          const T* at = from + s * steps.source_column;
          auto sum = V::load(to + s * steps.kernel_column);
#pragma GCC unroll 8
          for (int b = 0; b < B; ++b) sum += factors[b] * V::load(at + b * steps.advance);
          V::store(to + s * steps.kernel_column, sum);
        }
      }
    }
  }
}

enum class Loop { correlate, accumulate };

// `positions` is out, or dy; `kernel` is the kernel, or its gradient.
template <Loop loop, int B, int S, int A, class T, class Kernel, class Positions>
void run_block(const Steps& steps, const T* sources, Index column, Kernel* kernel,
               Positions* positions) {
  const T* const from = sources + steps.source + column * steps.advance;
  if constexpr (loop == Loop::correlate)
    correlate_block<B, S, A>(steps, from, kernel + steps.kernel, positions + column * steps.out);
  else
    accumulate_block<B, S, A>(steps, from, positions + column * steps.out, kernel + steps.kernel);
}

template <Loop loop, int S, int A, class T, class Kernel, class Positions>
void run_segment(const LaneRows<const T>& source, const Grid& grid, const Segment& segment,
                 Kernel* kernel, Positions* positions) {
  const Index row = grid.columns * source.lanes;
  positions += segment.begin * source.lanes;
  for (Index column = 0; column < segment.count;) {
    const Index left = segment.count - column;
    const Index block = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
    for (Index i = 0; i < grid.row_count; ++i) {
      const Steps steps = steps_of(source, grid, grid.rows[i], segment);
      Positions* const at = positions + i * row;
      if (block == 8)
        run_block<loop, 8, S, A>(steps, source.first_row, column, kernel, at);
      else if (block == 4)
        run_block<loop, 4, S, A>(steps, source.first_row, column, kernel, at);
      else if (block == 2)
        run_block<loop, 2, S, A>(steps, source.first_row, column, kernel, at);
      else
        run_block<loop, 1, S, A>(steps, source.first_row, column, kernel, at);
    }
    column += block;
  }
}

template <Loop loop, class T, class Kernel, class Positions>
void run(const LaneRows<const T>& source, const Grid& grid, Kernel* kernel, Positions* positions) {
  for (Index i = 0; i < grid.segment_count; ++i) {
    const Segment& segment = grid.segments[i];
    const Index taps = segment.taps.count, step = segment.taps.other_step;
    const bool sliding = segment.advance == step, by_two = segment.advance == 2 * step;
    if (sliding && taps == 1)
      run_segment<loop, 1, 1>(source, grid, segment, kernel, positions);
    else if (sliding && taps == 2)
      run_segment<loop, 2, 1>(source, grid, segment, kernel, positions);
    else if (sliding && taps == 3)
      run_segment<loop, 3, 1>(source, grid, segment, kernel, positions);
    else if (sliding && taps == 4)
      run_segment<loop, 4, 1>(source, grid, segment, kernel, positions);
    else if (sliding && taps == 5)
      run_segment<loop, 5, 1>(source, grid, segment, kernel, positions);
    else if (by_two && taps == 3)
      run_segment<loop, 3, 2>(source, grid, segment, kernel, positions);
    else
      run_segment<loop, 0, 0>(source, grid, segment, kernel, positions);
  }
}

template <class T>
void correlate(const LaneRows<const T>& source, const Grid& grid, const T* kernel, T* out) {
  run<Loop::correlate>(source, grid, kernel, out);
}

template <class T>
void accumulate(const LaneRows<const T>& source, const Grid& grid, const T* dy, T* gradient) {
  run<Loop::accumulate>(source, grid, gradient, dy);
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
