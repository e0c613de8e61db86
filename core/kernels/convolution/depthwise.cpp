#include <reel/core/kernels/convolution/depthwise.h>

#include <reel/core/kernels/convolution/depthwise_planes.h>
#include <reel/core/kernels/convolution/image_rows.h>
#include <reel/core/kernels/convolution/tap_grid.h>
#include <reel/core/runtime/parallel.h>

namespace reel::kernels {
namespace {

constexpr double worth_a_task = 1 << 16;  // multiplications

template <class T>
double work_of(Index batch, const Images<T>& images, Index taps) {
  return static_cast<double>(batch * images.rows * images.columns) *
         static_cast<double>(images.lanes * taps);
}

// target = finish(source filtered): y from x, or dx from dy; `grid` is the target's.
template <class T, class RowsSeen>
void correlate(const Window& window, const Images<const T>& source, const Images<T>& target,
               const T* w, const Finish<T>& finish, const TapGrid& grid,
               const RowsSeen& rows_seen) {
  const Index lanes = target.lanes, used = target.channels * target.multiplier;
  Scratch<T> kernel(window.taps() * lanes), bias(finish.bias ? lanes : 0);
  pad_lanes(w, window.taps(), used, lanes, kernel.data());
  if (finish.bias) pad_lanes(finish.bias, 1, used, lanes, bias.data());
  const Index rows = window.batch * target.rows;
  const Cut tasks =
      Cut::by_work(rows, work_of(window.batch, target, window.taps()), worth_a_task, rows);
  const auto filter = [&](RowReader<T>& reader, Index n, Range part, T* out) {
    depthwise_rows<T>().correlate(reader.read(n, rows_seen(part)), grid.rows(part), kernel.data(),
                                  out);
  };
  parallel_for(tasks.parts, [&](Index task) {
    RowReader<T> reader(source);
    RowWriter<T> writer(target);
    for_each_image(tasks[task], target.rows, [&](Index n, Range image_rows) {
      writer.write(n, image_rows, [&](Range part, T* out) {
        if (!finish.bias && !finish.relu) return filter(reader, n, part, out);
        constexpr Index in_cache = 1 << 14;  // numbers
        for_each_tile(
            part, std::max<Index>(1, in_cache / (target.columns * lanes)), [&](Range tile) {
              T* const to = out + (tile.begin - part.begin) * target.columns * lanes;
              filter(reader, n, tile, to);
              epilogue<T>().finish({to, tile.size() * target.columns, lanes, lanes},
                                   finish.bias ? bias.data() : nullptr, nullptr, finish.relu);
            });
      });
    });
  });
}

// One filter of one channel: a separable convolution whose pointwise kernel is 1, of planes in
// either data format.
template <class T>
bool is_plane(const Window& window, Index channels, Index multiplier) {
  return channels * multiplier == 1 && on_planes<T>(window, 1, 1);
}

template <class T>
DepthwisePlanes<T> plane_of(Window window, const T* w) {
  window.channels_first = true;
  return {window, 1, 1, w};
}

template <class T>
constexpr T one = 1;

}  // namespace

template <class T>
void depthwise(const Window& window, Index channels, Index multiplier, const T* x, const T* w,
               const Finish<T>& finish, T* y) {
  if (is_plane<T>(window, channels, multiplier)) {
    const DepthwisePlanes<T> plane = plane_of(window, w);
    return lowered_forward<T>(plane, x, &one<T>, finish, output_images(plane.window, y, 1));
  }
  correlate(window, in_lanes(input_images(window, x, channels), multiplier),
            in_lanes(output_images(window, y, channels * multiplier)), w, finish,
            TapGrid::of_outputs(window), [&](Range rows) { return inputs_of(window.rows, rows); });
}

template <class T>
void depthwise_input_gradient(const Window& window, Index channels, Index multiplier, const T* w,
                              const T* dy, T* dx) {
  if (is_plane<T>(window, channels, multiplier)) {
    const DepthwisePlanes<T> plane = plane_of(window, w);
    return lowered_backward<T>(plane, nullptr, &one<T>, nullptr, output_images(plane.window, dy, 1),
                               {dx, nullptr, nullptr, nullptr});
  }
  correlate(window, in_lanes(output_images(window, dy, channels * multiplier)),
            in_lanes(input_images(window, dx, channels), multiplier), w, {},
            TapGrid::of_inputs(window), [&](Range rows) { return outputs_of(window.rows, rows); });
}

template <class T>
void depthwise_filter_gradient(const Window& window, Index channels, Index multiplier, const T* x,
                               const T* dy, T* dw) {
  if (is_plane<T>(window, channels, multiplier)) {
    Scratch<T> no_kernel(window.taps());
    no_kernel.clear();
    const DepthwisePlanes<T> plane = plane_of<T>(window, no_kernel.data());
    return lowered_backward<T>(plane, x, &one<T>, nullptr, output_images(plane.window, dy, 1),
                               {nullptr, dw, nullptr, nullptr});
  }
  const Images<const T> images = in_lanes(input_images(window, x, channels), multiplier);
  const Images<const T> gradients = in_lanes(output_images(window, dy, channels * multiplier));
  const Index lanes = images.lanes, size = window.taps() * lanes;
  const TapGrid grid = TapGrid::of_outputs(window);
  const Cut parts = Cut::by_work(window.batch * window.rows.output,
                                 work_of(window.batch, gradients, window.taps()), worth_a_task, 16);
  Scratch<T> sums(parts.parts * size);
  sums.clear();
  parallel_for(parts.parts, [&](Index part) {
    RowReader<T> x_rows(images), dy_rows(gradients);
    for_each_image(parts[part], window.rows.output, [&](Index n, Range image_rows) {
      for_each_tile(image_rows, 8, [&](Range rows) {
        depthwise_rows<T>().accumulate(x_rows.read(n, inputs_of(window.rows, rows)),
                                       grid.rows(rows), dy_rows.read(n, rows).first_row,
                                       sums.data() + part * size);
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

template void depthwise(const Window&, Index, Index, const float*, const float*,
                        const Finish<float>&, float*);
template void depthwise(const Window&, Index, Index, const double*, const double*,
                        const Finish<double>&, double*);
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
