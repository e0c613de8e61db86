// One side of a window with the taps that its positions see on the other side, ready for kernels.
#pragma once

#include <vector>

#include <reel/core/kernels/depthwise_rows.h>
#include <reel/core/kernels/window.h>

namespace reel::kernels {

class TapGrid {
 public:
  /// The outputs, which see inputs; or the inputs, which see outputs.
  static TapGrid of_outputs(const Window& window) {
    TapGrid grid(window, window.rows.output, window.columns.output);
    for (Index p = 0; p < window.rows.output; ++p)
      grid.rows_.push_back(window.rows.taps_of_output(p));
    grid.segments_ = window.columns.segments_of_outputs();
    return grid;
  }
  static TapGrid of_inputs(const Window& window) {
    TapGrid grid(window, window.rows.input, window.columns.input);
    for (Index h = 0; h < window.rows.input; ++h)
      grid.rows_.push_back(window.rows.taps_of_input(h));
    grid.segments_ = window.columns.segments_of_inputs();
    return grid;
  }

  Grid rows(Range range) const {
    return {rows_.data() + range.begin,           range.size(), segments_.data(),
            static_cast<Index>(segments_.size()), columns_,     kernel_columns_};
  }

 private:
  TapGrid(const Window& window, Index rows, Index columns)
      : columns_(columns), kernel_columns_(window.columns.kernel) {
    rows_.reserve(static_cast<std::size_t>(rows));
  }

  memory::Vector<Taps> rows_;
  Segments segments_;
  Index columns_, kernel_columns_;
};

}  // namespace reel::kernels
