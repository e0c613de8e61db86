#include <reel/core/kernels/convolution/point_windows.h>

#include <reel/core/runtime/parallel.h>

namespace reel::kernels {
namespace {

bool sees_pixels(const WindowAxis& axis) {
  return axis.kernel == 1 && axis.before == 0 && (axis.output - 1) * axis.stride < axis.input;
}

// Calls f(from, to, count, pixel_step) for runs of pixels: `from` is the first in the images, its
// neighbours lie pixel_step apart there; `to` counts numbers of the pixels side by side. Channels
// last, a run is a row's; channels first, a row's of one channel.
template <class T, class F>
void for_each_run(const Window& window, const Images<T>& x, const F& f) {
  const WindowAxis &rows = window.rows, &columns = window.columns;
  const Index planes = x.channels_first ? x.channels : 1;
  const Index numbers = x.channels_first ? 1 : x.channels;
  parallel_ranges(window.batch * planes, 1 + 4096 / std::max<Index>(1, x.image_size() / planes),
                  [&](Index begin, Index end) {
                    for (Index i = begin; i < end; ++i)
                      for (Index p = 0; p < rows.output; ++p)
                        f(x.data + (i * rows.input + p * rows.stride) * columns.input * numbers,
                          (i * rows.output + p) * columns.output * numbers, columns.output,
                          columns.stride * numbers);
                  });
}

}  // namespace

Window with_long_rows(const Window& window, Index depth) {
  if (!sees_pixels(window.rows) || !sees_pixels(window.columns)) return window;
  Window result = window;
  result.rows = {window.rows.output, 1, window.rows.output};
  result.columns = {window.columns.output, 1, window.columns.output};
  if (!window.channels_first) {  // the batch is one tall image
    result.batch = std::min<Index>(1, window.batch);
    result.rows.input = result.rows.output = window.batch * window.rows.output;
  }
  // Of the rows that all can be dealt into, those whose blocks are filled best, then the longest;
  // no longer than what is read of them may stay in cache.
  constexpr Index longest = 256, bytes = 128 << 10, block = 14;
  const Index all = result.rows.output, width = result.columns.output;
  const Index most =
      std::min(longest, bytes / std::max<Index>(1, depth * static_cast<Index>(sizeof(float))));
  Index best = 1;
  for (Index parts = 2; parts <= all && parts * width <= most; ++parts)
    if (all % parts == 0 &&
        ceil_div(parts * width, block) * best <= ceil_div(best * width, block) * parts)
      best = parts;
  result.rows.input = result.rows.output = all / best;
  result.columns.input = result.columns.output = width * best;
  return result;
}

template <class T>
void take_pixels(const Window& window, const Images<const T>& x, T* pixels) {
  const Index numbers = x.channels_first ? 1 : x.channels;
  for_each_run(window, x, [&](const T* from, Index to, Index count, Index step) {
    for (Index q = 0; q < count; ++q)
      std::copy_n(from + q * step, numbers, pixels + to + q * numbers);
  });
}

template <class T>
void put_pixels(const Window& window, const T* pixels, const Images<T>& x) {
  const Index numbers = x.channels_first ? 1 : x.channels;
  std::fill_n(x.data, window.batch * x.image_size(), T(0));
  for_each_run(window, x, [&](T* to, Index from, Index count, Index step) {
    for (Index q = 0; q < count; ++q)
      std::copy_n(pixels + from + q * numbers, numbers, to + q * step);
  });
}

template void take_pixels(const Window&, const Images<const float>&, float*);
template void take_pixels(const Window&, const Images<const double>&, double*);
template void put_pixels(const Window&, const float*, const Images<float>&);
template void put_pixels(const Window&, const double*, const Images<double>&);

}  // namespace reel::kernels
