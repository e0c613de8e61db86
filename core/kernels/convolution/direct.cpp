#include <reel/core/kernels/convolution/direct.h>

#include <optional>

#include <reel/core/kernels/convolution/direct_panels.h>
#include <reel/core/kernels/convolution/pixel_rows.h>
#include <reel/core/kernels/convolution/window_taps.h>

namespace reel::kernels {
namespace {

// Neighbouring taps of a row of the kernel, which see neighbouring pixels: `pixel` and those behind
// it.
struct TapGroup {
  Index pixel, tap, taps;
};

// Positions begin, begin + step, ... of a row of results. The first of them sees the source through
// these taps, in the order of the kernel's panels; each further one sees `advance` pixels on.
struct Phase {
  Index begin, step, count, advance;
  memory::Vector<TapGroup> groups;
  Index taps = 0;  // of all groups

  void add(Index pixel, Index tap, bool joins) {
    ++taps;
    if (joins && !groups.empty() && groups.back().tap + groups.back().taps == tap &&
        groups.back().pixel + groups.back().taps == pixel)
      ++groups.back().taps;
    else
      groups.push_back({pixel, tap, 1});
  }
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
        panels_(target.channels) {}

  // Results see pixels `before` in front of the source's first, and `behind` the last.
  void set_margins(Index before, Index behind) {
    before_ = std::max<Index>(0, before);
    behind_ = std::max<Index>(0, behind);
  }
  // `pixel(s)` is what the first position sees through tap s, or nothing.
  template <class Pixel>
  void add_phase(Phase phase, const Pixel& pixel) {
    const bool joins = lanes_ == source_.channels;
    for (Index s = 0; s < taps_; ++s)
      if (const std::optional<Index> at = pixel(s)) phase.add(*at + before_, s, joins);
    phases_.push_back(std::move(phase));
  }

  DirectPanels<T>& panels() { return panels_; }

  // Rows of the target: `taps_of(row)` gives the source's rows and the kernel's that a row meets,
  // `seen_by(rows)` the source's rows that some see.
  template <class TapsOf, class SeenBy>
  void run(Index batch, double work, const Finish<T>& finish, const TapsOf& taps_of,
           const SeenBy& seen_by) {
    constexpr Index band_bytes = 256 << 10;  // of the source's rows
    const Index row_bytes =
        (before_ + source_.columns + behind_) * lanes_ * static_cast<Index>(sizeof(T));
    const Index some = seen_by(Range{0, target_.rows}).size() * row_bytes;  // of an image
    // Few images are dealt out to several threads by panels, each of which reads a part of the
    // kernel, or by more bands, where panels are few. Results do not depend on it.
    const Index threads = num_threads();
    const Index groups = batch < threads && panels_.count() >= 2 * threads ? threads : 1;
    const Index wanted = threads > 1 && groups == 1 ? ceil_div(4 * threads, batch) : 1;
    const Index middle = target_.rows / 2;
    const bool bands_overlap = seen_by(Range{middle, middle + 1}).size() > 1;
    const Index rows_worth_it = bands_overlap ? 4 : 1;
    const Index bands = std::clamp<Index>(
        std::max(ceil_div(some, band_bytes), std::min(wanted, target_.rows / rows_worth_it)), 1,
        std::max<Index>(1, target_.rows));
    const Cut tasks = Cut::by_work(batch * bands * groups, work, least_work, 256);
    parallel_for(tasks.parts, [&](Index task) {
      PixelRows<T> reader(source_, mask_, before_, behind_, lanes_);
      memory::Vector<DirectRun<T>> runs;
      Scratch<T> room;
      for (Index i = tasks[task].begin; i < tasks[task].end; ++i) {
        const Index band = i / groups;
        const Range rows = Cut{target_.rows, bands}[band % bands];
        const Range seen = seen_by(rows);
        const Band its{band / bands, seen, reader.read(band / bands, seen), reader.pitch()};
        const Range panels = Cut{panels_.count(), groups}[i % groups];
        const Index at_once = panels_.in_place() && !target_.channels_first ? panels.size() : 1;
        for (Index panel = panels.begin; panel < panels.end; panel += at_once)
          for_each_tile(rows, rows_at_once(), [&](Range tile) {
            write(its.image, tile, panel, room, [&](T* to, DirectRow row, Index pitch) {
              row.ahead = panel == panels.begin && at_once == 1 && reader.in_place();
              sum(its, tile, {panel, panel + at_once}, taps_of, finish, runs, to, pitch, row);
            });
          });
      }
    });
  }

 private:
  // Rows of an image as they are read.
  struct Band {
    Index image;
    Range seen;
    const T* first;
    Index pitch;
  };

  // Rows of results whose sums stay in cache from one part of the kernel to the next.
  Index rows_at_once() const {
    constexpr Index bytes = 64 << 10;
    return std::max<Index>(1, bytes / std::max<Index>(1, target_.columns * panels_.width() *
                                                             static_cast<Index>(sizeof(T))));
  }

  // Rows of results for some panels, by parts of the kernel that stay in the first level of the
  // cache. Where it lies unpacked, a part is a few of its rows for all panels: one run of memory.
  template <class TapsOf>
  void sum(const Band& band, Range rows, Range panels, const TapsOf& taps_of,
           const Finish<T>& finish, memory::Vector<DirectRun<T>>& runs, T* to, Index pitch,
           DirectRow row) const {
    constexpr Index part_bytes = 24 << 10, few_terms = 64;
    const Index target_step = row.target_step;
    for (Index part = 0, parts = 1; part < parts; ++part)
      for (Index panel = panels.begin; panel < panels.end; ++panel) {
        const DirectRows<T>& kernels = panels_.kernels_of(panel);
        const Index most = panels_.in_place()
                               ? few_terms
                               : part_bytes / (kernels.panel * static_cast<Index>(sizeof(T)));
        row.columns = target_.channels_first ? kernels.panel : panels_.columns_of(panel).size();
        row.kernel_step = panels_.step_of(panel);
        for (Index h = rows.begin; h < rows.end; ++h) {
          const Taps taps = taps_of(h);
          for (const Phase& phase : phases_) {
            const Index terms = taps.count * phase.taps * source_.channels;
            const Cut cut{terms, std::max<Index>(1, ceil_div(terms, most))};
            parts = std::max(parts, cut.parts);
            if (part >= cut.parts) continue;
            find_runs(phase, taps, band, panel, runs);
            if (cut.parts > 1) keep(cut[part], row.kernel_step, runs);
            row.goes_on = part > 0;
            row.positions = phase.count;
            row.source_step = phase.advance * lanes_;
            row.target_step = target_step * phase.step;
            kernels.forward(row, runs.data(), static_cast<Index>(runs.size()),
                            panels_.bias_of(panel), finish.relu && part == cut.parts - 1,
                            to + (panel - panels.begin) * panels_.width() +
                                (h - rows.begin) * pitch + phase.begin * target_step);
          }
        }
      }
  }

  // Leaves these terms of all that runs hold.
  static void keep(Range terms, Index kernel_step, memory::Vector<DirectRun<T>>& runs) {
    Index before = 0;
    std::size_t kept = 0;
    for (const DirectRun<T> run : runs) {
      const Index first = std::max<Index>(0, terms.begin - before);
      const Index end = std::min(run.count, terms.end - before);
      if (first < end)
        runs[kept++] = {run.source + first, run.kernel + first * kernel_step, end - first};
      before += run.count;
    }
    runs.resize(kept);
  }

  // What the first position of a phase sees through these rows of taps.
  void find_runs(const Phase& phase, const Taps& rows, const Band& band, Index panel,
                 memory::Vector<DirectRun<T>>& runs) const {
    const Index depth = source_.channels;
    runs.clear();
    for (Index i = 0; i < rows.count; ++i) {
      const T* const row =
          band.first + (rows.other + i * rows.other_step - band.seen.begin) * band.pitch;
      const Index taps = (rows.tap + i * rows.tap_step) * taps_;
      for (const TapGroup& group : phase.groups)
        runs.push_back({row + group.pixel * lanes_, panels_.row(panel, (taps + group.tap) * depth),
                        group.taps * depth});
    }
  }

  // Calls fill(to, row, pitch) for a panel's columns of rows: in place, or in scratch before
  // planes.
  template <class Fill>
  void write(Index n, Range rows, Index panel, Scratch<T>& room, const Fill& fill) const {
    const Range columns = panels_.columns_of(panel);
    if (!target_.channels_first)
      return fill(target_.row(n, rows.begin) + columns.begin,
                  DirectRow{.target_step = target_.channels}, target_.columns * target_.channels);
    const Index lanes = panels_.kernels_of(panel).panel, positions = rows.size() * target_.columns;
    T* const to = room.reserve(positions * lanes);
    fill(to, DirectRow{.target_step = lanes}, target_.columns * lanes);
    lane_copies<T>().collect({positions, columns.size(), 1, target_.rows * target_.columns, 1}, to,
                             lanes, target_.plane(n, columns.begin) + rows.begin * target_.columns);
  }

  const Images<const T> source_;
  const T* const mask_;
  const Images<T> target_;
  const Index lanes_, taps_;
  Index before_ = 0, behind_ = 0;
  DirectPanels<T> panels_;
  memory::Vector<Phase> phases_;
};

}  // namespace

template <class T>
void direct_forward(const Window& window, Index channels, const T* x, const T* w,
                    const Finish<T>& finish, const Images<T>& y) {
  const WindowAxis &rows = window.rows, &columns = window.columns;
  Correlation<T> correlation(input_images(window, x, channels), nullptr, y, columns);
  correlation.set_margins(
      columns.before, columns.source(columns.output - 1, columns.kernel - 1) + 1 - columns.input);
  correlation.add_phase({0, 1, columns.output, columns.stride, {}},
                        [&](Index s) { return std::optional(columns.source(0, s)); });
  if (!is_kernel_used_little(window) || !correlation.panels().read_in_place(w))
    correlation.panels().pack(window.taps(), channels, [&](Index tap) {
      return Matrix<const T>{w + tap * channels * y.channels, channels, y.channels, y.channels};
    });
  correlation.panels().pad_bias(finish.bias);
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
    correlation.add_phase(
        {begin, columns.stride, ceil_div(columns.input - begin, columns.stride), 1, {}},
        [&](Index s) {
          const Index at = begin + columns.before - (last - s) * columns.dilation;
          return at % columns.stride == 0 ? std::optional(at / columns.stride) : std::nullopt;
        });
  }
  // Columns of taps from the last on: neighbours of a result then see neighbours of dy.
  correlation.panels().pack(window.taps(), filters, [&](Index tap) {
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
