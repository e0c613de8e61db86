// The kernel's gradient, row by row: dw[r][s][c][f] += the sum over a row's positions of x dy.
//
// A task goes over some rows of the batch and owns some panels of filters, whose sums stay in the
// second-level cache. Sums over parts of the batch are added at the end, in order.
#include <reel/core/kernels/convolution/direct.h>
#include <reel/core/kernels/convolution/direct_rows.h>
#include <reel/core/kernels/convolution/partial_sums.h>
#include <reel/core/kernels/convolution/pixel_rows.h>
#include <reel/core/kernels/convolution/window_taps.h>

namespace reel::kernels {
namespace {

template <class T>
class GradientRows {
 public:
  GradientRows(const Window& window, const Images<const T>& x, const Images<const T>& dy,
               const T* relu_y, const DirectRows<T>& kernels)
      : window_(window),
        kernels_(kernels),
        x_lanes_(pixel_lanes(x)),
        x_(x, nullptr, window.columns.before, margin(window.columns), x_lanes_),
        dy_(dy, relu_y, 0, 0, ceil_div(dy.channels, kernels.panel) * kernels.panel),
        channels_(x.channels),
        filters_(dy.channels) {}

  // dw (taps, channels, filters) and, unless it is null, db, of these rows, counted through the
  // batch, and these panels.
  void run(Range rows, Range panels, T* dw, T* db) {
    const Index depth = window_.taps() * channels_, panel = kernels_.panel;
    sums_.reserve(panels.size() * depth * panel);
    sums_.clear();
    constexpr Index band_bytes = 64 << 10;  // of x
    const Index row_bytes = x_.pitch() * window_.rows.stride * static_cast<Index>(sizeof(T));
    for_each_image(rows, window_.rows.output, [&](Index n, Range part) {
      for_each_tile(part, std::max<Index>(1, band_bytes / row_bytes),
                    [&](Range band) { add(n, band, panels, db); });
    });
    for (Index i = panels.begin; i < panels.end; ++i) {
      const Index first = i * panel, used = std::min(panel, filters_ - first);
      const T* from = sums_.data() + (i - panels.begin) * depth * panel;
      for (Index k = 0; k < depth; ++k, from += panel)
        std::copy_n(from, used, dw + k * filters_ + first);
    }
  }

 private:
  static Index margin(const WindowAxis& axis) {
    return std::max<Index>(0, axis.source(axis.output - 1, axis.kernel - 1) + 1 - axis.input);
  }

  void add(Index n, Range outputs, Range panels, T* db) {
    const WindowAxis& columns = window_.columns;
    const Range seen = inputs_of(window_.rows, outputs);
    const T* const x = x_.read(n, seen);
    const T* const dy = dy_.read(n, outputs);
    const Index lanes = dy_.pitch() / columns.output, panel = kernels_.panel;
    const Index depth = window_.taps() * channels_;
    const bool side_by_side = columns.dilation == 1 && x_lanes_ == channels_;
    const DirectRow row{columns.output, columns.stride * x_lanes_, lanes};
    for (Index i = panels.begin; i < panels.end; ++i)
      for (Index p = outputs.begin; p < outputs.end; ++p) {
        const T* const its_dy = dy + (p - outputs.begin) * dy_.pitch() + i * panel;
        const Taps taps = taps_of_output(window_.rows, p);
        for (Index t = 0; t < taps.count; ++t) {
          const T* const its_x = x + (taps.other + t * taps.other_step - seen.begin) * x_.pitch();
          T* const sums =
              sums_.data() +
              ((i - panels.begin) * depth + (taps.tap + t) * columns.kernel * channels_) * panel;
          if (side_by_side) {
            kernels_.gradient(row, its_x, columns.kernel * channels_, its_dy, sums);
          } else {
            for (Index s = 0; s < columns.kernel; ++s)
              kernels_.gradient(row, its_x + s * columns.dilation * x_lanes_, channels_, its_dy,
                                sums + s * channels_ * panel);
          }
        }
      }
    if (!db) return;
    const Index first = panels.begin * panel;
    const Index count = std::min(filters_, panels.end * panel) - first;
    epilogue<T>().add_columns({dy + first, outputs.size() * columns.output, count, lanes},
                              db + first);
  }

  const Window& window_;
  const DirectRows<T>& kernels_;
  const Index x_lanes_;
  PixelRows<T> x_, dy_;
  const Index channels_, filters_;
  Scratch<T> sums_;
};

}  // namespace

template <class T>
void direct_filter_gradient(const Window& window, Index channels, const T* x, const T* relu_y,
                            const Images<const T>& dy, T* dw, T* db) {
  constexpr Index most_sums = 16 << 20, group_bytes = 1 << 20, most_parts = 8;
  const DirectRows<T>& kernels = direct_rows<T>(dy.channels);
  const Index bytes = static_cast<Index>(sizeof(T)), depth = window.taps() * channels;
  const Index panels = ceil_div(dy.channels, kernels.panel), rows = window.batch * dy.rows;
  const Cut groups{panels,
                   std::min(panels, ceil_div(panels * kernels.panel * depth * bytes, group_bytes))};
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
    GradientRows<T>(window, images, dy, relu_y, kernels)
        .run(parts[i / groups.parts], groups[i % groups.parts], own.matrix, own.bias);
  });
  sums.add_up();
}

template void direct_filter_gradient(const Window&, Index, const float*, const float*,
                                     const Images<const float>&, float*, float*);
template void direct_filter_gradient(const Window&, Index, const double*, const double*,
                                     const Images<const double>&, double*, double*);

}  // namespace reel::kernels
