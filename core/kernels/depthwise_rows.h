// The two inner loops of every depthwise convolution, one row at a time, on lanes.
//
// All lanes are alike: lane l of a result only meets lane l of its sources, so vectors run along
// lanes, and padding, stride and dilation are in the lists of taps (window.h). Forward and input
// gradient are the same loop, `correlate`, given the taps of outputs or the taps of inputs; the
// filter gradient is `accumulate`. An element's terms are added in one order, by row tap, then
// column tap, however positions are blocked; in `accumulate` by segment, then column.
// Read before: image_rows.h, isa.h. Read next: depthwise_rows_kernels.cpp, depthwise.h.
#pragma once

#include <reel/core/kernels/isa.h>
#include <reel/core/kernels/lane_rows.h>
#include <reel/core/kernels/taps.h>

namespace reel::kernels {

/// The columns of a row in segments, and the number of the kernel's columns.
struct Columns {
  const Segment* segments;
  Index count, kernel_columns;
};

template <class T>
struct DepthwiseRows {
  /// out[j] = the sum over the taps (h, r) in `rows` and (w, s) of column j of
  /// source[h][w] * kernel[r][s]; kernel (R, S, lanes), out (columns, lanes).
  void (*correlate)(const LaneRows<const T>& source, const Taps& rows, const Columns& columns,
                    const T* kernel, T* out);
  /// gradient[r][s] += the sum over columns j of source[h][w] * dy[j], for all taps (h, r) in
  /// `rows` and (w, s) of column j; gradient (R, S, lanes), dy (columns, lanes).
  void (*accumulate)(const LaneRows<const T>& source, const Taps& rows, const Columns& columns,
                     const T* dy, T* gradient);
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
