// The two inner loops of every depthwise convolution, one row at a time, on lanes.
//
// All lanes are alike: lane l of a result only meets lane l of its sources, so vectors run along
// lanes and padding, stride and dilation are in the lists of taps (window.h). Forward and input
// gradient are the same loop, `correlate_row`, given the taps of outputs or the taps of inputs; the
// filter gradient is `accumulate_taps`. An element's terms are added in one order, by row tap, then
// column tap, however positions are blocked. Read before: image_rows.h. Read next: depthwise.h.
#pragma once

#include <reel/core/kernels/image_rows.h>

namespace reel::kernels {

/// out[j] = the sum over the taps (h, r) in `rows` and (w, s) of column j of
/// source[h][w] * kernel[r][s]; kernel (R, S, lanes), out (columns, lanes).
template <class T>
void correlate_row(const LaneRows<const T>& source, const Taps& rows, const Segments& columns,
                   const T* kernel, Index kernel_columns, T* out);

/// gradient[r][s] += the sum over columns j of source[h][w] * dy[j], for all taps (h, r), (w, s);
/// gradient (R, S, lanes), dy (columns, lanes).
template <class T>
void accumulate_taps(const LaneRows<const T>& source, const Taps& rows, const Segments& columns,
                     const T* dy, Index kernel_columns, T* gradient);

}  // namespace reel::kernels
