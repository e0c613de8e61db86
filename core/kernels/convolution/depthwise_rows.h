// The two inner loops of every depthwise convolution, on rows of lanes.
//
// All lanes are alike: lane l of a result only meets lane l of its sources, so vectors run along
// lanes, and padding, stride and dilation are in the lists of taps (window.h). Forward and input
// gradient are the same loop, `correlate`, given the taps of outputs or the taps of inputs; the
// filter gradient is `accumulate`. A sum's terms are added in one order, that of its taps, or of
// its positions within one call; how positions are blocked does not change it.
// Read before: image_rows.h, isa.h. Read next: depthwise_rows_kernels.cpp, depthwise.h.
#pragma once

#include <reel/core/kernels/convolution/lane_rows.h>
#include <reel/core/kernels/convolution/taps.h>
#include <reel/core/runtime/isa.h>

namespace reel::kernels {

/// Positions of a result, and the taps that each sees: a row's taps and a column's make a pair
/// each.
struct Grid {
  const Taps* rows;  // of each of row_count rows
  Index row_count;
  Index row_advance;        // in sources, from a row to the next
  Index ahead;              // sources that a row so much further on sees first are fetched; or 0
  const Segment* segments;  // of the columns
  Index segment_count;
  Index columns;         // in all segments
  Index kernel_columns;  // S
};

template <class T>
struct DepthwiseRows {
  /// out[i][j] = the sum over the taps (h, r) of row i and (w, s) of column j of
  /// source[h][w] * kernel[r][s]; kernel (R, S, lanes), out (rows, columns, lanes).
  void (*correlate)(const LaneRows<const T>& source, const Grid& grid, const T* kernel, T* out);
  /// gradient[r][s] += the sum over positions (i, j) with the taps (h, r) and (w, s) of
  /// source[h][w] * dy[i][j]; gradient (R, S, lanes), dy (rows, columns, lanes).
  void (*accumulate)(const LaneRows<const T>& source, const Grid& grid, const T* dy, T* gradient);
};

struct DepthwiseRowsTables {
  DepthwiseRows<float> of_float;
  DepthwiseRows<double> of_double;
};

const DepthwiseRowsTables& depthwise_rows_tables(sse2::Set);
const DepthwiseRowsTables& depthwise_rows_tables(avx2::Set);
const DepthwiseRowsTables& depthwise_rows_tables(avx512::Set);

/// The kernels for this CPU.
template <class T>
const DepthwiseRows<T>& depthwise_rows() {
  static const DepthwiseRowsTables& chosen = for_this_cpu(
      [](auto set) -> const DepthwiseRowsTables& { return depthwise_rows_tables(set); });
  if constexpr (std::is_same_v<T, float>)
    return chosen.of_float;
  else
    return chosen.of_double;
}

}  // namespace reel::kernels
