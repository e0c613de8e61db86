// The loops of depthwise_rows.h, compiled once for each instruction set (isa.h).
//
// Both take B neighbouring columns at a time, vector by vector along the lanes, and load a number
// once for all its uses: where neighbours share sources (stride 1 and 2) a source serves all taps
// of its row that see it, a kernel's vector serves B columns. For that the number S of taps in a
// row and the advance A, in sources from a column to the next, must be known at compile time; S = 0
// is the loop for all other windows. A strip of B columns goes through all rows before the next
// strip, so that the sources that rows share stay in the first-level cache.
// The order of reading, lanes inside and columns in strips, is one that no hardware foresees; so
// `correlate` fetches the rows that a later row or call will need, which come while work goes on.
#include <reel/core/kernels/convolution/depthwise_rows.h>
#include <reel/core/kernels/vectors.h>

#include <algorithm>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

// Some columns of a segment, in all rows of a grid.
template <class T>
struct Strip {
  const LaneRows<const T>& source;
  const Grid& grid;
  const Segment& segment;
  Index column;                       // the first, counted in the segment
  Index first_row = 0, row_step = 1;  // only these rows
};

// The steps of a strip in memory, from a column tap to the next and from a column to the next.
struct Steps {
  Index source_column, kernel_column, advance, out, row;

  template <class T>
  explicit Steps(const Strip<T>& strip)
      : source_column(strip.segment.taps.other_step * strip.source.lanes),
        kernel_column(strip.segment.taps.tap_step * strip.source.lanes),
        advance(strip.segment.advance * strip.source.lanes),
        out(strip.segment.step * strip.source.lanes),
        row(strip.source.columns * strip.source.lanes) {}
};

// The taps of one of its rows in memory: where the first is, and the steps from row to row of them.
struct RowSteps {
  Index count, source_row, kernel_row, source, kernel;

  template <class T>
  RowSteps(const Strip<T>& strip, const Taps& rows, const Steps& steps)
      : count(rows.count),
        source_row(rows.other_step * steps.row),
        kernel_row(rows.tap_step * strip.grid.kernel_columns * strip.source.lanes),
        source((rows.other - strip.source.first) * steps.row +
               strip.segment.taps.other * strip.source.lanes + strip.column * steps.advance),
        kernel(rows.tap * strip.grid.kernel_columns * strip.source.lanes +
               strip.segment.taps.tap * strip.source.lanes) {}
};

// at + step, worked out there and then: GCC would keep the multiples of a step, and has not enough
// registers.
template <class T>
const T* stepped(const T* at, Index step) {
  at += step;
#if defined(__x86_64__)
  asm("" : "+r"(at));
#endif
  return at;
}

// Where taps are further apart than rows, a row shares none with the next but with the one so many
// rows further on.
Index row_phases(const Grid& grid) {
  if (grid.row_count == 0) return 1;
  const Taps& taps = grid.rows[grid.row_count / 2];
  const bool apart = taps.count > 1 && taps.other_step % grid.row_advance == 0;
  return apart ? std::min(grid.row_count, taps.other_step / grid.row_advance) : 1;
}

// B columns of out. Not inlined, nor is the next one: each needs all registers for itself.
template <int B, int S, int A, class T>
[[gnu::noinline]] void correlate_strip(const Strip<T>& strip, const T* kernel, T* out) {
  using V = Vector<T>;
  const Steps steps(strip);
  const Index lanes = strip.source.lanes, out_row = strip.grid.columns * lanes * strip.row_step;
  const Index fetched_rows = strip.grid.ahead > 0 ? strip.grid.row_advance : 0;
  out += (strip.segment.begin + strip.column * strip.segment.step) * lanes;
  out += strip.first_row * strip.grid.columns * lanes;
  for (Index i = strip.first_row; i < strip.grid.row_count; i += strip.row_step, out += out_row) {
    const RowSteps taps(strip, strip.grid.rows[i], steps);
    for (Index lane = 0; lane < lanes; lane += V::width) {
      typename V::Type sums[B] = {};
      const T* from = strip.source.first_row + taps.source + lane;
      const T* factors = kernel + taps.kernel + lane;
      for (Index r = 0; r < taps.count; ++r, from += taps.source_row, factors += taps.kernel_row) {
        if constexpr (S > 0) {
          constexpr int seen = (B - 1) * A + S;
          typename V::Type row[seen];
          const T* at = from;
#pragma GCC unroll 32
          for (int j = 0; j < seen; ++j, at = stepped(at, steps.source_column))
            row[j] = in_register(V::load(at));
#pragma GCC unroll 8
          for (int s = 0; s < S; ++s) {
            const auto factor = in_register(V::load(factors + s * steps.kernel_column));
#pragma GCC unroll 8
            for (int b = 0; b < B; ++b) sums[b] += factor * row[b * A + s];
          }
        } else {
          for (Index s = 0; s < strip.segment.taps.count; ++s) {
            const auto factor = in_register(V::load(factors + s * steps.kernel_column));
            const T* at = from + s * steps.source_column;
#pragma GCC unroll 16
            for (int b = 0; b < B; ++b) sums[b] += factor * V::load(at + b * steps.advance);
          }
        }
      }
      const T* fetched =
          from - taps.source_row + ((strip.grid.ahead - 1) * fetched_rows + 1) * steps.row;
      for (Index r = 0; r < fetched_rows; ++r, fetched += steps.row) {
        constexpr int pixels = A > 0 ? A : 1;  // from a column to the next
        const T* at = fetched;
#pragma GCC unroll 32
        for (int b = 0; b < B * pixels; ++b, at = stepped(at, steps.advance / pixels))
          __builtin_prefetch(at);
      }
#pragma GCC unroll 16
      for (int b = 0; b < B; ++b) V::store(out + b * steps.out + lane, sums[b]);
    }
  }
}

// What B columns of dy add to the gradient.
template <int B, int S, int A, class T>
[[gnu::noinline]] void accumulate_strip(const Strip<T>& strip, const T* dy, T* gradient) {
  using V = Vector<T>;
  const Steps steps(strip);
  const Index lanes = strip.source.lanes, dy_row = strip.grid.columns * lanes;
  dy += (strip.segment.begin + strip.column * strip.segment.step) * lanes;
  for (Index i = 0; i < strip.grid.row_count; ++i, dy += dy_row) {
    const RowSteps taps(strip, strip.grid.rows[i], steps);
    for (Index lane = 0; lane < lanes; lane += V::width) {
      typename V::Type factors[B];
#pragma GCC unroll 8
      for (int b = 0; b < B; ++b) factors[b] = in_register(V::load(dy + b * steps.out + lane));
      const T* from = strip.source.first_row + taps.source + lane;
      T* to = gradient + taps.kernel + lane;
      for (Index r = 0; r < taps.count; ++r, from += taps.source_row, to += taps.kernel_row) {
        if constexpr (S > 0) {
          typename V::Type sums[S];
#pragma GCC unroll 8
          for (int s = 0; s < S; ++s) sums[s] = V::load(to + s * steps.kernel_column);
          const T* at = from;
#pragma GCC unroll 32
          for (int j = 0; j < (B - 1) * A + S; ++j, at = stepped(at, steps.source_column)) {
            const auto source = in_register(V::load(at));
#pragma GCC unroll 8
            for (int s = 0; s < S; ++s)
              if (j >= s && (j - s) % A == 0 && (j - s) / A < B)
                sums[s] += source * factors[(j - s) / A];
          }
#pragma GCC unroll 8
          for (int s = 0; s < S; ++s) V::store(to + s * steps.kernel_column, sums[s]);
        } else {
          for (Index s = 0; s < strip.segment.taps.count; ++s) {
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
}

enum class Loop { correlate, accumulate };

// `positions` is out, or dy; `kernel` is the kernel, or its gradient.
template <Loop loop, int B, int S, int A, class T, class Kernel, class Positions>
void run_strip(const Strip<T>& strip, Kernel* kernel, Positions* positions) {
  if constexpr (loop == Loop::correlate) {
    Strip<T> phase = strip;
    for (phase.row_step = row_phases(strip.grid); phase.first_row < phase.row_step;
         ++phase.first_row)
      correlate_strip<B, S, A>(phase, kernel, positions);
  } else
    accumulate_strip<B, S, A>(strip, positions, kernel);
}

template <Loop loop, int S, int A, class T, class Kernel, class Positions>
void run_segment(const LaneRows<const T>& source, const Grid& grid, const Segment& segment,
                 Kernel* kernel, Positions* positions) {
  for (Index column = 0; column < segment.count;) {
    const Strip<T> strip{source, grid, segment, column};
    const Index left = segment.count - column;
    const Index block = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
    if (block == 8)
      run_strip<loop, 8, S, A>(strip, kernel, positions);
    else if (block == 4)
      run_strip<loop, 4, S, A>(strip, kernel, positions);
    else if (block == 2)
      run_strip<loop, 2, S, A>(strip, kernel, positions);
    else
      run_strip<loop, 1, S, A>(strip, kernel, positions);
    column += block;
  }
}

template <Loop loop, class T, class Kernel, class Positions>
void run_segment(const LaneRows<const T>& source, const Grid& grid, const Segment& segment,
                 Kernel* kernel, Positions* positions) {
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

// Neighbours share no sources where taps are further apart than columns; every other column, or
// every third, do.
template <Loop loop, class T, class Kernel, class Positions>
void run(const LaneRows<const T>& source, const Grid& grid, Kernel* kernel, Positions* positions) {
  for (Index i = 0; i < grid.segment_count; ++i) {
    const Segment& whole = grid.segments[i];
    const bool apart = whole.taps.count > 1 && whole.taps.other_step % whole.advance == 0;
    const Index phases = apart ? whole.taps.other_step / whole.advance : 1;
    for (Index phase = 0; phase < std::min(phases, whole.count); ++phase) {
      Segment segment = whole;
      segment.begin += phase * whole.step;
      segment.step *= phases;
      segment.count = (whole.count - phase + phases - 1) / phases;
      segment.taps.other += phase * whole.advance;
      segment.advance *= phases;
      run_segment<loop>(source, grid, segment, kernel, positions);
    }
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
