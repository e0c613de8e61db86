// The index law solved for its other unknowns: what fast kernels block their loops on.
//
// For a given output the (source, tap) pairs of window.h are an arithmetic progression; so are the
// (output, tap) pairs for a given input, whatever the stride and dilation. `Taps` is that
// progression, so one loop serves both directions, and padding never appears in it: pairs outside
// are simply not there. `segments_of_...` put neighbouring positions with the same taps together:
// inside a segment a loop asks nothing. Read before: window.h, taps.h. Read next: tap_grid.h,
// im2col.h.
#pragma once

#include <numeric>
#include <vector>

#include <reel/core/kernels/convolution/taps.h>
#include <reel/core/kernels/convolution/window.h>
#include <reel/core/runtime/memory.h>

namespace reel::kernels {

/// Every position of an axis, once.
using Segments = memory::Vector<Segment>;

/// The (input, tap) pairs that output `p` sums over.
inline Taps taps_of_output(const WindowAxis& axis, Index p) {
  const Index start = axis.source(p, 0);
  const Index first = std::max<Index>(0, ceil_div(-start, axis.dilation));
  const Index last = std::min(axis.kernel, ceil_div(axis.input - start, axis.dilation));
  return {start + first * axis.dilation, axis.dilation, first, 1, std::max<Index>(0, last - first)};
}

/// The (output, tap) pairs that input `h` goes to: the outputs ascend, so the taps descend.
inline Taps taps_of_input(const WindowAxis& axis, Index h) {
  const Index divisor = std::gcd(axis.stride, axis.dilation);
  const Index output_step = axis.dilation / divisor, tap_step = axis.stride / divisor;
  const auto origin = [&](Index tap) { return h + axis.before - tap * axis.dilation; };
  Index tap = axis.kernel - 1;  // the largest that lands on the grid of outputs
  while (tap >= 0 && tap > axis.kernel - 1 - tap_step && origin(tap) % axis.stride != 0) --tap;
  if (tap < 0 || origin(tap) % axis.stride != 0) return {};
  Index p = origin(tap) / axis.stride;
  const Index skipped = std::max<Index>(0, ceil_div(-p, output_step));
  p += skipped * output_step;
  tap -= skipped * tap_step;
  const Index count = std::min(ceil_div(tap + 1, tap_step), ceil_div(axis.output - p, output_step));
  return {p, output_step, tap, -tap_step, std::max<Index>(0, count)};
}

// What lies inside an axis; nothing of nothing.
inline Range clip(Range of, Index begin, Index end, Index extent) {
  const Range range{std::max<Index>(0, begin), std::min(end, extent)};
  return of.size() > 0 && range.size() > 0 ? range : Range{};
}

// Positions a `step` apart have the same taps, but for those that fall off the other side.
template <class TapsOf>
Segments segments_of(Index positions, Index step, Index advance, TapsOf taps_of) {
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

inline Segments segments_of_outputs(const WindowAxis& axis) {
  return segments_of(axis.output, 1, axis.stride, [&](Index p) { return taps_of_output(axis, p); });
}
inline Segments segments_of_inputs(const WindowAxis& axis) {
  return segments_of(axis.input, axis.stride, 1, [&](Index h) { return taps_of_input(axis, h); });
}

/// The inputs that some of these outputs see.
inline Range inputs_of(const WindowAxis& axis, Range outputs) {
  return clip(outputs, axis.source(outputs.begin, 0),
              axis.source(outputs.end - 1, 0) + axis.reach(), axis.input);
}
/// The outputs of these that see an input through this tap.
inline Range outputs_through(const WindowAxis& axis, Index tap, Range outputs) {
  const Index first = axis.source(0, tap);
  const Range seeing{std::max(outputs.begin, ceil_div(-first, axis.stride)),
                     std::min(outputs.end, ceil_div(axis.input - first, axis.stride))};
  return seeing.size() > 0 ? seeing : Range{};
}
/// The outputs that see some of these inputs.
inline Range outputs_of(const WindowAxis& axis, Range inputs) {
  return clip(inputs, ceil_div(inputs.begin + axis.before - axis.reach() + 1, axis.stride),
              (inputs.end - 1 + axis.before) / axis.stride + 1, axis.output);
}

}  // namespace reel::kernels
