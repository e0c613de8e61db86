// Window geometry: the one index law that every convolution follows.
//
//   source = output * stride + tap * dilation - before
//
// ties a position of the input to a position of the output and a tap of the kernel, on each axis.
// Forward, input gradient and filter gradient only differ in which of the three is given. For a
// given output the (source, tap) pairs are an arithmetic progression; so are the (output, tap)
// pairs for a given input, whatever the stride and dilation. `Taps` is that progression, so one
// loop serves both directions, and padding never appears in it: pairs outside are simply not there.
// `segments` puts neighbouring positions with the same taps together, which is what kernels block
// on. Read next: depthwise.h, im2col.h.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include <reel/core/kernels/convolution/taps.h>
#include <reel/core/runtime/memory.h>

namespace reel::kernels {

/// Every position of an axis, once.
using Segments = memory::Vector<Segment>;

constexpr Index ceil_div(Index a, Index b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }

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
      axis.before = std::max<Index>((axis.output - 1) * stride + axis.reach() - input, 0) / 2;
    return axis;
  }

  /// The (input, tap) pairs that output `p` sums over.
  Taps taps_of_output(Index p) const {
    const Index start = p * stride - before;
    const Index first = std::max<Index>(0, ceil_div(-start, dilation));
    const Index last = std::min(kernel, ceil_div(input - start, dilation));
    return {start + first * dilation, dilation, first, 1, std::max<Index>(0, last - first)};
  }

  /// The (output, tap) pairs that input `h` goes to: the outputs ascend, so the taps descend.
  Taps taps_of_input(Index h) const {
    const Index divisor = std::gcd(stride, dilation);
    const Index output_step = dilation / divisor, tap_step = stride / divisor;
    Index tap = kernel - 1;  // the largest that lands on the grid of outputs
    while (tap >= 0 && tap > kernel - 1 - tap_step && (h + before - tap * dilation) % stride != 0)
      --tap;
    if (tap < 0 || (h + before - tap * dilation) % stride != 0) return {};
    Index p = (h + before - tap * dilation) / stride;
    const Index skipped = std::max<Index>(0, ceil_div(-p, output_step));
    p += skipped * output_step;
    tap -= skipped * tap_step;
    const Index count = std::min(ceil_div(tap + 1, tap_step), ceil_div(output - p, output_step));
    return {p, output_step, tap, -tap_step, std::max<Index>(0, count)};
  }

  Segments segments_of_outputs() const {
    return segments(output, 1, stride, [this](Index p) { return taps_of_output(p); });
  }
  Segments segments_of_inputs() const {
    return segments(input, stride, 1, [this](Index h) { return taps_of_input(h); });
  }

  /// The inputs that some of these outputs see.
  Range inputs_of(Range outputs) const {
    return clip(outputs, outputs.begin * stride - before,
                (outputs.end - 1) * stride - before + reach(), input);
  }
  /// The outputs that see some of these inputs.
  Range outputs_of(Range inputs) const {
    return clip(inputs, ceil_div(inputs.begin + before - reach() + 1, stride),
                (inputs.end - 1 + before) / stride + 1, output);
  }

 private:
  static Range clip(Range of, Index begin, Index end, Index extent) {
    const Range range{std::max<Index>(0, begin), std::min(end, extent)};
    return of.size() > 0 && range.size() > 0 ? range : Range{};
  }

  // Positions a `step` apart have the same taps, but for those that fall off the other side.
  template <class TapsOf>
  static Segments segments(Index positions, Index step, Index advance, TapsOf taps_of) {
    Segments result;
    for (Index phase = 0; phase < std::min(step, positions); ++phase) {
      bool open = false;  // whether the last segment may grow
      for (Index i = phase; i < positions; i += step, open = true) {
        const Taps taps = taps_of(i);
        if (open) {
          Segment& last = result.back();
          const bool same =
              taps.count == last.taps.count &&
              (taps.count == 0 ||
               (taps.tap == last.taps.tap && taps.other == last.taps.other + last.count * advance));
          if (same) {
            ++last.count;
            continue;
          }
        }
        result.push_back({i, step, 1, advance, taps});
      }
    }
    return result;
  }
};

/// The window of a convolution over a batch of images.
struct Window {
  Index batch = 0;
  WindowAxis rows, columns;
  bool channels_first = false;

  Index input_positions() const { return rows.input * columns.input; }
  Index output_positions() const { return rows.output * columns.output; }
  Index taps() const { return rows.kernel * columns.kernel; }
};

}  // namespace reel::kernels
