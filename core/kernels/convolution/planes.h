// The inner loops of a depthwise convolution of planes: images whose columns lie side by side.
//
// A channel of a channels-first image is a plane. Its rows are first copied to scratch, between
// zeros wide enough for every tap, and dealt out by the window's stride: then each tap of a run of
// results is itself a run, at a distance that the tap alone decides, and vectors go along columns
// whatever the stride, dilation and padding are. Forward and input gradient are the same loop,
// `correlate`; the filter gradient is `accumulate`. A sum's terms are added in the order of the
// taps, however positions are blocked. Price: the copy, about a tap's worth of time, and vectors
// partly idle in images that are narrower.
// Read before: isa.h. Read next: planes_kernels.cpp, depthwise_planes.h.
#pragma once

#include <type_traits>

#include <reel/core/dtype.h>
#include <reel/core/runtime/isa.h>

namespace reel::kernels {

/// Results (rows, columns) and their taps: tap (r, s) of result (i, j) finds its number at
/// source[i * advance + r * tap_row + offsets[s] + j].
struct PlaneTaps {
  Index rows, columns;
  Index advance;
  Index tap_rows, tap_columns;
  Index tap_row;
  const Index* offsets;
};

/// Numbers of a row that are copied together, from `from` on to `to` on.
struct PlaneRun {
  Index from, to, count;
};

/// Rows and, in each, runs, whose numbers lie `take` apart in the source and `put` in the target.
/// Behind a run there is room for zeros that fill `put` vectors.
struct PlaneCopy {
  const PlaneRun* runs;
  Index run_count;
  Index take, put;
  Index rows, from_row, to_row;  // how many, and from one to the next
  Index ahead;                   // what lies this far behind a number is wanted soon
};

template <class T>
struct Planes {
  /// Copies rows. What lies before `end` may be read, though not be used.
  void (*copy)(const PlaneCopy& copy, const T* from, const T* end, T* to);
  /// out[i][j] = the sum over the taps of source * w[r][s]; out's rows are `out_row` apart. Up to
  /// a vector behind a row's sources may be read.
  void (*correlate)(const PlaneTaps& taps, const T* source, const T* w, T* out, Index out_row);
  /// gradient[r][s] += the sum over positions of source * dy[i][j]; dy's rows are `dy_row` apart.
  /// Up to a vector behind a row of either may be read. `sums` has room for a vector a tap.
  void (*accumulate)(const PlaneTaps& taps, const T* source, const T* dy, Index dy_row, T* sums,
                     T* gradient);
};

struct PlanesTables {
  Planes<float> of_float;
  Planes<double> of_double;
};

const PlanesTables& planes_tables(sse2::Set);
const PlanesTables& planes_tables(avx2::Set);
const PlanesTables& planes_tables(avx512::Set);

/// The kernels for this CPU.
template <class T>
const Planes<T>& planes() {
  static const PlanesTables& chosen =
      for_this_cpu([](auto set) -> const PlanesTables& { return planes_tables(set); });
  if constexpr (std::is_same_v<T, float>)
    return chosen.of_float;
  else
    return chosen.of_double;
}

}  // namespace reel::kernels
