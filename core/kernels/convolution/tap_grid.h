// One side of a window with the taps that its positions see on the other side, ready for kernels.
#pragma once

#include <vector>

#include <reel/core/kernels/convolution/depthwise_rows.h>
#include <reel/core/kernels/convolution/window_taps.h>

namespace reel::kernels {

class TapGrid {
 public:
  /// The outputs, which see inputs; or the inputs, which see outputs. Inputs may be fetched for the
  /// next call, but at most `most_ahead` output rows ahead.
  static TapGrid of_outputs(const Window& window, Index most_ahead = 1) {
    TapGrid grid(window, window.rows.output, window.columns.output);
    grid.row_advance_ = window.rows.stride;
    grid.most_ahead_ = most_ahead;
    for (Index p = 0; p < window.rows.output; ++p)
      grid.rows_.push_back(taps_of_output(window.rows, p));
    grid.segments_ = segments_of_outputs(window.columns);
    return grid;
  }
  static TapGrid of_inputs(const Window& window) {
    TapGrid grid(window, window.rows.input, window.columns.input);
    for (Index h = 0; h < window.rows.input; ++h)
      grid.rows_.push_back(taps_of_input(window.rows, h));
    grid.segments_ = segments_of_inputs(window.columns);
    return grid;
  }

  Grid rows(Range range) const {
    return {rows_.data() + range.begin,
            range.size(),
            row_advance_,
            std::min(range.size(), most_ahead_),
            segments_.data(),
            static_cast<Index>(segments_.size()),
            columns_,
            kernel_columns_};
  }

 private:
  TapGrid(const Window& window, Index rows, Index columns)
      : columns_(columns), kernel_columns_(window.columns.kernel) {
    rows_.reserve(static_cast<std::size_t>(rows));
  }

  memory::Vector<Taps> rows_;
  Segments segments_;
  Index columns_, kernel_columns_;
  Index row_advance_ = 1, most_ahead_ = 1;
};

}  // namespace reel::kernels
