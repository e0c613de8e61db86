// Window geometry: the one index law that every convolution and every pool follows.
//
//   source = output * stride + tap * dilation - before
//
// ties a position of the input to a position of the output and a tap of the kernel, on each axis.
// Forward, input gradient and filter gradient only differ in which of the three is given, so they
// cannot disagree. No zeros are stored for the padding: a source outside the input is simply not
// there. `for_each_tap` is the law as a loop, all that the naive kernels need; fast ones solve it
// for the other unknowns (window_taps.h). Read next: naive_separable.h.
#pragma once

#include <algorithm>

#include <reel/core/dtype.h>

namespace reel::kernels {

constexpr Index ceil_div(Index a, Index b) { return a > 0 ? (a - 1) / b + 1 : -(-a / b); }

/// One axis of a window. Extents are >= 0; kernel, stride and dilation are >= 1.
struct WindowAxis {
  Index input = 0, kernel = 1, output = 0;
  Index stride = 1, dilation = 1;
  Index before = 0;  // zeros in front of the input

  /// From the first tap to the last, both included.
  Index reach() const { return (kernel - 1) * dilation + 1; }

  /// Works out `output` and `before`. With valid padding `output` is negative if the input is
  /// shorter than reach() by more than the stride; same padding puts the odd zero at the end.
  static WindowAxis make(Index input, Index kernel, Index stride, Index dilation, bool same) {
    WindowAxis axis{input, kernel, 0, stride, dilation, 0};
    const Index places = same ? input : input - axis.reach() + 1;
    axis.output = ceil_div(places, stride);
    if (same)
      axis.before = std::max<Index>((axis.output - 1) * stride - input + axis.reach(), 0) / 2;
    return axis;
  }

  /// The law; the source may lie outside the input.
  Index source(Index output, Index tap) const { return output * stride + tap * dilation - before; }
  bool holds(Index source) const { return source >= 0 && source < input; }
};

/// Calls f(r, s, h, w) for each tap (r, s) through which output (p, q) sees an input, (h, w).
template <class F>
void for_each_tap(const WindowAxis& rows, const WindowAxis& columns, Index p, Index q, const F& f) {
  for (Index r = 0; r < rows.kernel; ++r)
    for (Index s = 0; s < columns.kernel; ++s) {
      const Index h = rows.source(p, r), w = columns.source(q, s);
      if (rows.holds(h) && columns.holds(w)) f(r, s, h, w);
    }
}

/// The window of a convolution over a batch of images.
struct Window {
  Index batch = 0;
  WindowAxis rows, columns;
  bool channels_first = false;

  Index input_positions() const { return rows.input * columns.input; }
  Index output_positions() const { return rows.output * columns.output; }
  Index taps() const { return rows.kernel * columns.kernel; }

  /// Where channel c of `channels` lies, at a position of the input and of the output.
  Index input_at(Index channels, Index n, Index h, Index w, Index c) const {
    return channels_first ? ((n * channels + c) * rows.input + h) * columns.input + w
                          : ((n * rows.input + h) * columns.input + w) * channels + c;
  }
  Index output_at(Index channels, Index n, Index p, Index q, Index c) const {
    return channels_first ? ((n * channels + c) * rows.output + p) * columns.output + q
                          : ((n * rows.output + p) * columns.output + q) * channels + c;
  }

  /// Calls f(n, p, q) for each position of the output.
  template <class F>
  void for_each_output(const F& f) const {
    for (Index n = 0; n < batch; ++n)
      for (Index p = 0; p < rows.output; ++p)
        for (Index q = 0; q < columns.output; ++q) f(n, p, q);
  }
};

}  // namespace reel::kernels
