#include <reel/core/kernels/convolution/direct.h>

#include <limits>

#include <reel/core/kernels/convolution/direct_rows.h>
#include <reel/core/kernels/convolution/pixel_rows.h>
#include <reel/core/kernels/convolution/window_taps.h>
#include <reel/core/runtime/parallel.h>

namespace reel::kernels {
namespace {

// Positions begin, begin + step, ... of a row of results. Through tap i of the kernel's columns, in
// the order of its panels, the first of them sees the source's pixel first[i], unless that is
// `none`, and each further one sees `advance` pixels on.
struct Phase {
  static constexpr Index none = std::numeric_limits<Index>::min();
  Index begin, step, count, advance;
  memory::Vector<Index> first;
};

// What both directions have in common: a source, zeros around its columns, and a kernel.
template <class T>
class Correlation {
 public:
  Correlation(const Images<const T>& source, const T* mask, const Images<T>& target,
              const WindowAxis& columns)
      : source_(source),
        mask_(mask),
        target_(target),
        lanes_(pixel_lanes(source)),
        taps_(columns.kernel),
        rows_(direct_rows<T>(target.channels)) {}

  // Results see pixels `before` in front of the source's first, and `behind` the last.
  void set_margins(Index before, Index behind) {
    before_ = std::max<Index>(0, before);
    behind_ = std::max<Index>(0, behind);
  }
  void add_phase(Phase phase) {
    for (Index& first : phase.first)
      if (first != Phase::none) first += before_;
    phases_.push_back(std::move(phase));
  }

  // Takes the kernel (taps, depth, targets) where it lies, if its panels are whole.
  bool read_in_place(const T* kernel) {
    if (target_.channels % rows_.panel != 0) return false;
    panels_ = kernel;
    panel_size_ = rows_.panel;
    kernel_step_ = target_.channels;
    return true;
  }

  // The kernel (taps, depth, targets), panel by panel; `tap(t)` gives a matrix (depth, targets).
  template <class Tap>
  void pack(Index taps, const Tap& tap) {
    const Index depth = source_.channels, panel = rows_.panel, panels = this->panels();
    panel_size_ = taps * depth * panel;
    kernel_step_ = panel;
    panels_ = kernel_.reserve(panels * panel_size_);
    parallel_ranges(
        panels, std::max<Index>(1, (1 << 15) / panel_size_), [&](Index begin, Index end) {
          for (Index i = begin; i < end; ++i)
            for (Index t = 0; t < taps; ++t) {
              const Matrix<const T> from = Matrix<const T>(tap(t)).columns_in(columns_of(i));
              lane_copies<T>().spread({depth, from.columns, from.transposed ? 1 : from.distance,
                                       from.transposed ? from.distance : 1, 1},
                                      from.data, panel,
                                      kernel_.data() + i * panel_size_ + t * depth * panel);
            }
        });
  }

  void pad_bias(const Finish<T>& finish) {
    const Index lanes = panels() * rows_.panel;
    if (!finish.bias || lanes == target_.channels) return;
    padded_bias_.reserve(lanes);
    padded_bias_.clear();
    std::copy_n(finish.bias, target_.channels, padded_bias_.data());
  }

  // Rows of the target: `taps_of(row)` gives the source's rows and the kernel's that a row meets,
  // `seen_by(rows)` the source's rows that some see.
  template <class TapsOf, class SeenBy>
  void run(Index batch, double work, const Finish<T>& finish, const TapsOf& taps_of,
           const SeenBy& seen_by) {
    constexpr Index band_bytes = 128 << 10;  // of the source's rows
    const Index row_bytes =
        (before_ + source_.columns + behind_) * lanes_ * static_cast<Index>(sizeof(T));
    const Index some = seen_by(Range{0, target_.rows}).size() * row_bytes;  // of an image
    const Index bands =
        std::clamp<Index>(ceil_div(some, band_bytes), 1, std::max<Index>(1, target_.rows));
    const Cut tasks = Cut::by_work(batch * bands, work, least_work, 256);
    parallel_for(tasks.parts, [&](Index task) {
      PixelRows<T> reader(source_, mask_, before_, behind_, lanes_);
      memory::Vector<DirectRun<T>> runs;
      Scratch<T> room;
      for (Index i = tasks[task].begin; i < tasks[task].end; ++i) {
        const Range rows = Cut{target_.rows, bands}[i % bands];
        const Range seen = seen_by(rows);
        const T* const first = reader.read(i / bands, seen);
        for (Index panel = 0; panel < panels(); ++panel)
          for (Index h = rows.begin; h < rows.end; ++h)
            write(i / bands, h, panel, room, [&](T* to, const DirectRow& like) {
              for (const Phase& phase : phases_) {
                find_runs(phase, taps_of(h), seen, first, reader.pitch(), panel, runs);
                DirectRow row = like;
                row.kernel_step = kernel_step_;
                row.positions = phase.count;
                row.source_step = phase.advance * lanes_;
                row.target_step *= phase.step;
                row.ahead = panel == 0 && reader.in_place();
                rows_.forward(row, runs.data(), static_cast<Index>(runs.size()),
                              finish.bias ? bias_of(finish, panel) : nullptr, finish.relu,
                              to + phase.begin * like.target_step);
              }
            });
      }
    });
  }

 private:
  Index panels() const { return ceil_div(target_.channels, rows_.panel); }
  Range columns_of(Index panel) const {
    return {panel * rows_.panel, std::min(target_.channels, (panel + 1) * rows_.panel)};
  }

  // A whole panel of the bias, though the filters may end within.
  const T* bias_of(const Finish<T>& finish, Index panel) {
    return padded_bias_.size() ? padded_bias_.data() + panel * rows_.panel
                               : finish.bias + panel * rows_.panel;
  }

  void find_runs(const Phase& phase, const Taps& rows, Range seen, const T* first, Index pitch,
                 Index panel, memory::Vector<DirectRun<T>>& runs) const {
    const Index depth = source_.channels;
    runs.clear();
    for (Index i = 0; i < rows.count; ++i) {
      const T* const row = first + (rows.other + i * rows.other_step - seen.begin) * pitch;
      const T* const kernel = panels_ + panel * panel_size_ +
                              (rows.tap + i * rows.tap_step) * taps_ * depth * kernel_step_;
      for (Index s = 0; s < taps_; ++s) {
        if (phase.first[static_cast<std::size_t>(s)] == Phase::none) continue;
        const DirectRun<T> run{row + phase.first[static_cast<std::size_t>(s)] * lanes_,
                               kernel + s * depth * kernel_step_, depth};
        const bool goes_on = !runs.empty() &&
                             runs.back().source + runs.back().count == run.source &&
                             runs.back().kernel + runs.back().count * kernel_step_ == run.kernel;
        if (goes_on)
          runs.back().count += depth;
        else
          runs.push_back(run);
      }
    }
  }

  // Calls fill(to, row) for a panel's columns of row h: in place, or in scratch before a plane.
  template <class Fill>
  void write(Index n, Index h, Index panel, Scratch<T>& room, const Fill& fill) {
    const Range columns = columns_of(panel);
    if (!target_.channels_first)
      return fill(target_.row(n, h) + columns.begin,
                  DirectRow{.target_step = target_.channels, .columns = columns.size()});
    T* const to = room.reserve(target_.columns * rows_.panel);
    fill(to, DirectRow{.target_step = rows_.panel, .columns = rows_.panel});
    lane_copies<T>().collect(
        {target_.columns, columns.size(), 1, target_.rows * target_.columns, 1}, to, rows_.panel,
        target_.row(n, h) + columns.begin * target_.rows * target_.columns);
  }

  const Images<const T> source_;
  const T* const mask_;
  const Images<T> target_;
  const Index lanes_, taps_;
  const DirectRows<T>& rows_;
  Index before_ = 0, behind_ = 0, panel_size_ = 0, kernel_step_ = 0;
  const T* panels_ = nullptr;
  memory::Vector<Phase> phases_;
  Scratch<T> kernel_, padded_bias_;
};

}  // namespace

template <class T>
void direct_forward(const Window& window, Index channels, const T* x, const T* w,
                    const Finish<T>& finish, const Images<T>& y) {
  const WindowAxis &rows = window.rows, &columns = window.columns;
  Correlation<T> correlation(input_images(window, x, channels), nullptr, y, columns);
  correlation.set_margins(
      columns.before, columns.source(columns.output - 1, columns.kernel - 1) + 1 - columns.input);
  Phase phase{0, 1, columns.output, columns.stride, {}};
  for (Index s = 0; s < columns.kernel; ++s) phase.first.push_back(columns.source(0, s));
  correlation.add_phase(std::move(phase));
  if (!is_kernel_used_little(window) || !correlation.read_in_place(w))
    correlation.pack(window.taps(), [&](Index tap) {
      return Matrix<const T>{w + tap * channels * y.channels, channels, y.channels, y.channels};
    });
  correlation.pad_bias(finish);
  const double work = static_cast<double>(window.batch * window.output_positions()) *
                      static_cast<double>(window.taps() * channels * y.channels);
  correlation.run(
      window.batch, work, finish, [&](Index p) { return taps_of_output(rows, p); },
      [&](Range outputs) { return inputs_of(rows, outputs); });
}

template <class T>
void direct_input_gradient(const Window& window, Index channels, const T* w, const T* relu_y,
                           const Images<const T>& dy, T* dx) {
  const WindowAxis &rows = window.rows, &columns = window.columns;
  const Index last = columns.kernel - 1, filters = dy.channels;
  Correlation<T> correlation(dy, relu_y, input_images(window, dx, channels), columns);
  correlation.set_margins(
      -ceil_div(columns.before - last * columns.dilation, columns.stride),
      (columns.input - 1 + columns.before) / columns.stride - columns.output + 1);
  for (Index begin = 0; begin < std::min(columns.stride, columns.input); ++begin) {
    Phase phase{begin, columns.stride, ceil_div(columns.input - begin, columns.stride), 1, {}};
    for (Index s = last; s >= 0; --s) {
      const Index at = begin + columns.before - s * columns.dilation;
      const bool there = at % columns.stride == 0;
      phase.first.push_back(there ? at / columns.stride : Phase::none);
    }
    correlation.add_phase(std::move(phase));
  }
  // Columns of taps from the last on: neighbours of a result then see neighbours of dy.
  correlation.pack(window.taps(), [&](Index tap) {
    const Index r = tap / columns.kernel, s = last - tap % columns.kernel;
    return Matrix<const T>{w + (r * columns.kernel + s) * channels * filters, channels, filters,
                           filters}
        .transpose();
  });
  const double work = static_cast<double>(window.batch * window.output_positions()) *
                      static_cast<double>(window.taps() * channels * filters);
  correlation.run(
      window.batch, work, {}, [&](Index h) { return taps_of_input(rows, h); },
      [&](Range inputs) { return outputs_of(rows, inputs); });
}

template void direct_forward(const Window&, Index, const float*, const float*, const Finish<float>&,
                             const Images<float>&);
template void direct_forward(const Window&, Index, const double*, const double*,
                             const Finish<double>&, const Images<double>&);
template void direct_input_gradient(const Window&, Index, const float*, const float*,
                                    const Images<const float>&, float*);
template void direct_input_gradient(const Window&, Index, const double*, const double*,
                                    const Images<const double>&, double*);

}  // namespace reel::kernels
