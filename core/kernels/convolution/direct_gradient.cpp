// The kernel's gradient, band by band: dw[r][s][c][f] += the sum over its positions of x dy.
//
// A task goes over some rows of the batch and owns some panels of filters, whose sums stay in the
// second-level cache. Sums over parts of the batch are added at the end, in order.
#include <reel/core/kernels/convolution/direct.h>
#include <reel/core/kernels/convolution/direct_panels.h>
#include <reel/core/kernels/convolution/partial_sums.h>
#include <reel/core/kernels/convolution/pixel_rows.h>
#include <reel/core/kernels/convolution/window_taps.h>

namespace reel::kernels {
namespace {

template <class T>
class GradientRows {
 public:
  GradientRows(const Window& window, const Images<const T>& x, const Images<const T>& dy,
               const T* relu_y, const FilterPanels<T>& panels)
      : window_(window),
        all_(panels),
        x_lanes_(pixel_lanes(x)),
        x_(x, nullptr, window.columns.before, margin(window.columns), x_lanes_),
        dy_(dy, relu_y, 0, 0, panels.count() * panels.width()),
        channels_(x.channels),
        filters_(dy.channels) {}

  // dw (taps, channels, filters) and, unless it is null, db, of these rows, counted through the
  // batch, and these panels. What one band sums goes to dw, what several do by way of scratch.
  void run(Range rows, Range panels, T* dw, T* db) {
    const Index depth = window_.taps() * channels_, panel = all_.width();
    constexpr Index band_bytes = 64 << 10;  // of x
    const Index row_bytes = x_.pitch() * window_.rows.stride * static_cast<Index>(sizeof(T));
    const Index band_rows = std::max<Index>(1, band_bytes / row_bytes);
    const Index height = window_.rows.output;
    const bool one_band = rows.size() > 0 && rows.size() <= band_rows &&
                          rows.begin / height == (rows.end - 1) / height;
    if (one_band)
      sums_ = {dw + panels.begin * panel, panel, filters_};
    else
      sums_ = {scratch_.reserve(panels.size() * depth * panel), depth * panel, panel};
    for_each_image(rows, height, [&](Index n, Range part) {
      for_each_tile(part, band_rows, [&](Range band) { add(n, band, panels, db); });
    });
    if (one_band) return;
    if (rows.size() == 0) scratch_.clear();
    for (Index i = panels.begin; i < panels.end; ++i) {
      const T* from = sums_.data + (i - panels.begin) * sums_.panel_step;
      for (Index k = 0; k < depth; ++k, from += panel)
        std::copy_n(from, all_.columns_of(i).size(), dw + k * filters_ + i * panel);
    }
  }

 private:
  static Index margin(const WindowAxis& axis) {
    return std::max<Index>(0, axis.source(axis.output - 1, axis.kernel - 1) + 1 - axis.input);
  }

  // Row k of panel i, of those that are summed: data + i * panel_step + k * step.
  struct Sums {
    T* data;
    Index panel_step, step;
  };

  void add(Index n, Range outputs, Range panels, T* db) {
    const WindowAxis& columns = window_.columns;
    const Range seen = inputs_of(window_.rows, outputs);
    const T* const x = x_.read(n, seen);
    const T* const dy = dy_.read(n, outputs);
    const Index lanes = dy_.pitch() / columns.output, panel = all_.width();
    const bool side_by_side = columns.dilation == 1 && x_lanes_ == channels_;
    // Taps of a row that are neighbours in x are summed at once.
    const Index at_once = side_by_side ? columns.kernel : 1;
    for (Index i = panels.begin; i < panels.end; ++i) {
      const DirectRows<T>& kernels = all_.kernels_of(i);
      const T* const panel_dy =
          side_by_side_panel(dy + i * panel, outputs.size() * columns.output, lanes);
      DirectSum over{.source_pitch = window_.rows.stride * x_.pitch(),
                     .target_pitch = columns.output * panel,
                     .positions = columns.output,
                     .source_step = columns.stride * x_lanes_,
                     .target_step = panel,
                     .sums_step = sums_.step,
                     .columns = all_.columns_of(i).size(),
                     .goes_on = begun_};
      T* sums = sums_.data + (i - panels.begin) * sums_.panel_step;
      for (Index r = 0; r < window_.rows.kernel; ++r) {
        const Range through = outputs_through(window_.rows, r, outputs);
        over.rows = through.size();
        const T* const its_x =
            over.rows ? x + (window_.rows.source(through.begin, r) - seen.begin) * x_.pitch() : x;
        const T* const its_dy =
            panel_dy + (over.rows ? through.begin - outputs.begin : 0) * over.target_pitch;
        for (Index s = 0; s < columns.kernel;
             s += at_once, sums += at_once * channels_ * sums_.step)
          kernels.gradient(over, its_x + s * columns.dilation * x_lanes_, at_once * channels_,
                           its_dy, sums);
      }
    }
    begun_ = true;
    if (!db) return;
    const Index first = panels.begin * panel;
    const Index count = std::min(filters_, panels.end * panel) - first;
    epilogue<T>().add_columns({dy + first, outputs.size() * columns.output, count, lanes},
                              db + first);
  }

  // A panel's columns of dy without gaps: at a large step they would share a few sets of the cache.
  const T* side_by_side_panel(const T* dy, Index positions, Index lanes) {
    const Index panel = all_.width();
    if (lanes == panel) return dy;
    T* const to = panel_dy_.reserve(positions * panel);
    for (Index i = 0; i < positions; ++i) std::copy_n(dy + i * lanes, panel, to + i * panel);
    return to;
  }

  const Window& window_;
  const FilterPanels<T> all_;
  const Index x_lanes_;
  PixelRows<T> x_, dy_;
  const Index channels_, filters_;
  Sums sums_ = {};
  bool begun_ = false;
  Scratch<T> scratch_, panel_dy_;
};

}  // namespace

template <class T>
void direct_filter_gradient(const Window& window, Index channels, const T* x, const T* relu_y,
                            const Images<const T>& dy, T* dw, T* db) {
  constexpr Index most_sums = 16 << 20, group_bytes = 1 << 20, most_parts = 8;
  const FilterPanels<T> panels(dy.channels);
  const Index bytes = static_cast<Index>(sizeof(T)), depth = window.taps() * channels;
  const Index rows = window.batch * dy.rows, count = panels.count();
  const Cut groups{count,
                   std::min(count, ceil_div(count * panels.width() * depth * bytes, group_bytes))};
  const Index room = 1 + most_sums / bytes / std::max<Index>(1, depth * dy.channels);
  const double work =
      static_cast<double>(rows * dy.columns) * static_cast<double>(depth * dy.channels);
  const Index most = std::min<Index>(room, ceil_div(most_parts, groups.parts));
  const Cut parts = Cut::by_work(rows, work, least_work, most);

  PartialSums<T> sums({nullptr, nullptr, dw, db}, 0, depth * dy.channels, dy.channels, parts.parts);
  const Images<const T> images = input_images(window, x, channels);
  for (Index i = 0; i < parts.parts; ++i) sums.clear(sums.of(i));
  parallel_for(parts.parts * groups.parts, [&](Index i) {
    const LoweredGradients<T> own = sums.of(i / groups.parts);
    GradientRows<T>(window, images, dy, relu_y, panels)
        .run(parts[i / groups.parts], groups[i % groups.parts], own.matrix, own.bias);
  });
  sums.add_up();
}

template void direct_filter_gradient(const Window&, Index, const float*, const float*,
                                     const Images<const float>&, float*, float*);
template void direct_filter_gradient(const Window&, Index, const double*, const double*,
                                     const Images<const double>&, double*, double*);

}  // namespace reel::kernels
