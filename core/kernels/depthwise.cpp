#include <reel/core/kernels/depthwise.h>

#include <reel/core/kernels/image_rows.h>
#include <reel/core/kernels/tap_grid.h>
#include <reel/core/parallel.h>

namespace reel::kernels {
namespace {

constexpr double least_work = 1 << 16;  // multiplications that are worth a task

template <class T>
double work_of(Index batch, const Images<T>& images, Index taps) {
  return static_cast<double>(batch * images.rows * images.columns) *
         static_cast<double>(images.lanes * taps);
}

// target = source filtered: y from x, or dx from dy; `grid` is the target's.
template <class T, class RowsSeen>
void correlate(const Window& window, const Images<const T>& source, const Images<T>& target,
               const T* w, const TapGrid& grid, const RowsSeen& rows_seen) {
  const Index lanes = target.lanes, used = target.channels * target.multiplier;
  Scratch<T> kernel(window.taps() * lanes);
  pad_lanes(w, window.taps(), used, lanes, kernel.data());
  const Index rows = window.batch * target.rows;
  const Cut tasks =
      Cut::by_work(rows, work_of(window.batch, target, window.taps()), least_work, rows);
  parallel_for(tasks.parts, [&](Index task) {
    RowReader<T> reader(source);
    RowWriter<T> writer(target);
    for_each_image(tasks[task], target.rows, [&](Index n, Range image_rows) {
      writer.write(n, image_rows, [&](Range part, T* out) {
        depthwise_rows<T>().correlate(reader.read(n, rows_seen(part)), grid.rows(part),
                                      kernel.data(), out);
      });
    });
  });
}

}  // namespace

template <class T>
void depthwise(const Window& window, Index channels, Index multiplier, const T* x, const T* w,
               T* y) {
  correlate(window, in_lanes(input_images(window, x, channels), multiplier),
            in_lanes(output_images(window, y, channels * multiplier)), w,
            TapGrid::of_outputs(window), [&](Range rows) { return window.rows.inputs_of(rows); });
}

template <class T>
void depthwise_input_gradient(const Window& window, Index channels, Index multiplier, const T* w,
                              const T* dy, T* dx) {
  correlate(window, in_lanes(output_images(window, dy, channels * multiplier)),
            in_lanes(input_images(window, dx, channels), multiplier), w, TapGrid::of_inputs(window),
            [&](Range rows) { return window.rows.outputs_of(rows); });
}

template <class T>
void depthwise_filter_gradient(const Window& window, Index channels, Index multiplier, const T* x,
                               const T* dy, T* dw) {
  const Images<const T> images = in_lanes(input_images(window, x, channels), multiplier);
  const Images<const T> gradients = in_lanes(output_images(window, dy, channels * multiplier));
  const Index lanes = images.lanes, size = window.taps() * lanes;
  const TapGrid grid = TapGrid::of_outputs(window);
  const Cut parts = Cut::by_work(window.batch * window.rows.output,
                                 work_of(window.batch, gradients, window.taps()), least_work, 16);
  Scratch<T> sums(parts.parts * size);
  sums.clear();
  parallel_for(parts.parts, [&](Index part) {
    RowReader<T> x_rows(images), dy_rows(gradients);
    for_each_image(parts[part], window.rows.output, [&](Index n, Range image_rows) {
      for_each_tile(image_rows, 8, [&](Range rows) {
        depthwise_rows<T>().accumulate(x_rows.read(n, window.rows.inputs_of(rows)), grid.rows(rows),
                                       dy_rows.read(n, rows).first_row, sums.data() + part * size);
      });
    });
  });
  for (Index part = 1; part < parts.parts; ++part)
    for (Index i = 0; i < size; ++i) sums.data()[i] += sums.data()[part * size + i];
  drop_lanes<T>(sums.data(), window.taps(), channels * multiplier, lanes, dw);
}

template <class T>
void pad_lanes(const T* rows, Index count, Index used, Index lanes, T* padded) {
  for (Index i = 0; i < count; ++i)
    std::fill_n(std::copy_n(rows + i * used, used, padded + i * lanes), lanes - used, T(0));
}

template <class T>
void drop_lanes(const T* padded, Index count, Index used, Index lanes, T* rows) {
  for (Index i = 0; i < count; ++i) std::copy_n(padded + i * lanes, used, rows + i * used);
}

template void depthwise(const Window&, Index, Index, const float*, const float*, float*);
template void depthwise(const Window&, Index, Index, const double*, const double*, double*);
template void depthwise_input_gradient(const Window&, Index, Index, const float*, const float*,
                                       float*);
template void depthwise_input_gradient(const Window&, Index, Index, const double*, const double*,
                                       double*);
template void depthwise_filter_gradient(const Window&, Index, Index, const float*, const float*,
                                        float*);
template void depthwise_filter_gradient(const Window&, Index, Index, const double*, const double*,
                                        double*);
template void pad_lanes(const float*, Index, Index, Index, float*);
template void pad_lanes(const double*, Index, Index, Index, double*);
template void drop_lanes(const float*, Index, Index, Index, float*);
template void drop_lanes(const double*, Index, Index, Index, double*);

}  // namespace reel::kernels
