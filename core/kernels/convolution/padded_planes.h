// One side of a window over planes: how its sources lie in scratch, and where each tap finds its
// own.
//
// A row of a source is dealt out into `stride` phases: number u (zeros in front included) goes to
// place u / stride of phase u % stride. A column tap then reads neighbouring numbers of one phase
// for neighbouring results. The source may be spread, with zeros between its pixels: so the
// gradient of a strided window becomes a window without strides. Read before: planes.h, window.h.
// Read next: depthwise_planes.h.
#pragma once

#include <reel/core/kernels/convolution/lane_rows.h>
#include <reel/core/kernels/convolution/planes.h>
#include <reel/core/kernels/convolution/row_ranges.h>
#include <reel/core/kernels/convolution/taps.h>
#include <reel/core/kernels/convolution/window.h>
#include <reel/core/runtime/memory.h>

namespace reel::kernels {

/// An axis and the distance that its input's positions are spread to.
struct SpreadAxis {
  WindowAxis window;  // its input counts the zeros between positions
  Index spread = 1;

  static SpreadAxis of_outputs(const WindowAxis& axis) { return {axis, 1}; }

  /// The inputs as results, the outputs as their sources; the kernel is to be reversed.
  static SpreadAxis of_inputs(const WindowAxis& axis) {
    return {{(axis.output - 1) * axis.stride + 1, axis.kernel, axis.input, 1, axis.dilation,
             axis.reach() - 1 - axis.before},
            axis.stride};
  }

  Index pixels() const { return (window.input - 1) / spread + 1; }
};

/// Sources of numbers of `number_bytes`.
class PaddedPlanes {
 public:
  PaddedPlanes(const SpreadAxis& rows, const SpreadAxis& columns, Index number_bytes)
      : rows_(rows), columns_(columns), vector_(vector_bytes / number_bytes) {
    const WindowAxis& axis = columns.window;
    const Index results = ceil_div(axis.output, vector_) * vector_;
    phase_ = std::max(results + (axis.reach() - 1) / axis.stride,
                      (axis.before + axis.input) / axis.stride + 1) +
             std::min<Index>(columns.spread, 2) * vector_;
    for (Index phase = 0; phase < axis.stride; ++phase) {
      const Index first = ((phase - axis.before) % axis.stride + axis.stride) % axis.stride;
      if (first >= axis.input) continue;
      const Index to = phase * phase_ + (first + axis.before) / axis.stride;
      const Index step = columns.spread == 1 ? axis.stride : 1;  // only one of them is above 1
      runs_.push_back({first, to, ceil_div(columns.pixels() - first, step)});
    }
  }

  /// Numbers that the sources of some rows of results take; all to be zero before the first copy.
  Index size(Index results) const { return rows_seen(results) * row_size(); }

  /// Copies what the results in `range` see. The plane's row `first` begins at `from`; what lies
  /// before `end` may be read. Numbers of another plane are overwritten, zeros stay.
  template <class T>
  void copy(const T* from, Index first, const T* end, Index ahead, Range results, T* to) const {
    const Index seen = results.begin * rows_.window.stride - rows_.window.before;
    const Index begin = std::max<Index>(0, ceil_div(seen, rows_.spread));
    const Index stop =
        std::min(rows_.pixels(), ceil_div(seen + rows_seen(results.size()), rows_.spread));
    if (begin >= stop) return;
    const PlaneCopy copy{runs_.data(),
                         static_cast<Index>(runs_.size()),
                         columns_.window.stride,
                         columns_.spread,
                         stop - begin,
                         columns_.pixels(),
                         rows_.spread * row_size(),
                         ahead};
    planes<T>().copy(copy, from + (begin - first) * columns_.pixels(), end,
                     to + (begin * rows_.spread - seen) * row_size());
  }

  /// The taps of some rows of results; `offsets` are those of `tap_columns` column taps.
  PlaneTaps taps(Index results, const memory::Vector<Index>& offsets) const {
    return {results,
            columns_.window.output,
            rows_.window.stride * row_size(),
            rows_.window.kernel,
            static_cast<Index>(offsets.size()),
            rows_.window.dilation * row_size(),
            offsets.data()};
  }

  /// Where the column taps in each of `count` planes, `distance` apart, find their numbers.
  memory::Vector<Index> offsets(Index count = 1, Index distance = 0) const {
    const WindowAxis& axis = columns_.window;
    memory::Vector<Index> result;
    result.reserve(static_cast<std::size_t>(count * axis.kernel));
    for (Index plane = 0; plane < count; ++plane)
      for (Index s = 0; s < axis.kernel; ++s) {
        const Index u = s * axis.dilation;
        result.push_back(plane * distance + u % axis.stride * phase_ + u / axis.stride);
      }
    return result;
  }

  /// Calls f(range) for rows of results whose sources in `count` planes stay in cache together.
  template <class F>
  void for_each_part(Range results, Index count, const F& f) const {
    constexpr Index most_vectors = 384;  // half of a first-level cache
    const Index rows = most_vectors * vector_ / std::max<Index>(1, count * row_size());
    const Index extra = rows_.window.reach() - rows_.window.stride;
    const Index most = std::max(extra, rows - extra) / rows_.window.stride;
    for_each_tile(results, std::max<Index>(1, most), f);
  }

 private:
  Index row_size() const { return columns_.window.stride * phase_; }
  Index rows_seen(Index results) const {
    return results > 0 ? (results - 1) * rows_.window.stride + rows_.window.reach() : 0;
  }

  const SpreadAxis rows_, columns_;
  const Index vector_;
  Index phase_ = 0;  // numbers from a phase to the next
  memory::Vector<PlaneRun> runs_;
};

}  // namespace reel::kernels
