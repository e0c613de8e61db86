#include <reel/core/kernels/depthwise.h>

#include <reel/core/kernels/depthwise_rows.h>
#include <reel/core/kernels/row_ranges.h>
#include <reel/core/parallel.h>

namespace reel::kernels {
namespace {

constexpr double least_work = 1 << 16;  // multiplications that are worth a task

// target = source filtered: y from x, or dx from dy, by the taps of the target's rows and columns.
template <class T, class TapsOf, class RangeOf>
void correlate(Index batch, const Images<const T>& source, const Images<T>& target, const T* w,
               Index kernel_rows, Index kernel_columns, const Segments& columns,
               const TapsOf& row_taps, const RangeOf& rows_needed) {
  const Index lanes = target.lanes, used = target.channels * target.multiplier;
  const Index taps = kernel_rows * kernel_columns;
  Scratch<T> kernel(taps * lanes);
  pad_lanes(w, taps, used, lanes, kernel.data());
  const DepthwiseRows<T>& loops = depthwise_rows<T>();
  const Columns row_columns{columns.data(), static_cast<Index>(columns.size()), kernel_columns};

  const double work =
      static_cast<double>(batch * target.rows * target.columns) * static_cast<double>(lanes * taps);
  const Cut tasks = Cut::by_work(batch * target.rows, work, least_work, 1 << 20);
  parallel_for(tasks.parts, [&](Index task) {
    RowReader<T> reader(source);
    RowWriter<T> writer(target);
    for_each_image(tasks[task], target.rows, [&](Index n, Range rows) {
      const LaneRows<const T> lane_rows = reader.read(n, rows_needed(rows));
      for (Index row = rows.begin; row < rows.end; ++row) {
        T* out = writer.begin(n, row);
        loops.correlate(lane_rows, row_taps(row), row_columns, kernel.data(), out);
        writer.end(n, row);
      }
    });
  });
}

}  // namespace

template <class T>
void depthwise(const Window& window, Index channels, Index multiplier, const T* x, const T* w,
               T* y) {
  correlate(
      window.batch, in_lanes(input_images(window, x, channels), multiplier),
      in_lanes(output_images(window, y, channels * multiplier)), w, window.rows.kernel,
      window.columns.kernel, window.columns.segments_of_outputs(),
      [&](Index p) { return window.rows.taps_of_output(p); },
      [&](Range rows) { return window.rows.inputs_of(rows); });
}

template <class T>
void depthwise_input_gradient(const Window& window, Index channels, Index multiplier, const T* w,
                              const T* dy, T* dx) {
  correlate(
      window.batch, in_lanes(output_images(window, dy, channels * multiplier)),
      in_lanes(input_images(window, dx, channels), multiplier), w, window.rows.kernel,
      window.columns.kernel, window.columns.segments_of_inputs(),
      [&](Index h) { return window.rows.taps_of_input(h); },
      [&](Range rows) { return window.rows.outputs_of(rows); });
}

template <class T>
void depthwise_filter_gradient(const Window& window, Index channels, Index multiplier, const T* x,
                               const T* dy, T* dw) {
  const Images<const T> images = in_lanes(input_images(window, x, channels), multiplier);
  const Images<const T> gradients = in_lanes(output_images(window, dy, channels * multiplier));
  const Index lanes = images.lanes, size = window.taps() * lanes;
  const DepthwiseRows<T>& loops = depthwise_rows<T>();
  const Segments columns = window.columns.segments_of_outputs();
  const Columns row_columns = columns_of(columns, window.columns);

  const double work = static_cast<double>(window.batch * window.output_positions() * size);
  const Cut parts = Cut::by_work(window.batch * window.rows.output, work, least_work, 16);
  Scratch<T> sums(parts.parts * size);
  sums.clear();
  parallel_for(parts.parts, [&](Index part) {
    RowReader<T> x_rows(images), dy_rows(gradients);
    for_each_image(parts[part], window.rows.output, [&](Index n, Range rows) {
      const LaneRows<const T> lane_rows = x_rows.read(n, window.rows.inputs_of(rows));
      for (Index p = rows.begin; p < rows.end; ++p) {
        const T* dy_row = dy_rows.read(n, {p, p + 1}).first_row;
        loops.accumulate(lane_rows, window.rows.taps_of_output(p), row_columns, dy_row,
                         sums.data() + part * size);
      }
    });
  });
  for (Index part = 1; part < parts.parts; ++part)
    for (Index i = 0; i < size; ++i) sums.data()[i] += sums.data()[part * size + i];
  drop_lanes(sums.data(), window.taps(), channels * multiplier, lanes, dw);
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
template void depthwise_input_gradient(const Window&, Index, Index, const float*, const float*,
                                       float*);
template void depthwise_filter_gradient(const Window&, Index, Index, const float*, const float*,
                                        float*);
template void pad_lanes(const float*, Index, Index, Index, float*);
template void drop_lanes(const float*, Index, Index, Index, float*);
template void depthwise(const Window&, Index, Index, const double*, const double*, double*);
template void depthwise_input_gradient(const Window&, Index, Index, const double*, const double*,
                                       double*);
template void depthwise_filter_gradient(const Window&, Index, Index, const double*, const double*,
                                        double*);
template void pad_lanes(const double*, Index, Index, Index, double*);
template void drop_lanes(const double*, Index, Index, Index, double*);

}  // namespace reel::kernels
