#include <reel/core/kernels/convolution/point_windows.h>

#include <array>
#include <utility>

#include <reel/core/kernels/convolution/direct.h>
#include <reel/core/kernels/copying/strided_copy.h>

namespace reel::kernels {
namespace {

bool sees_pixels(const WindowAxis& axis) {
  return axis.kernel == 1 && axis.before == 0 && (axis.output - 1) * axis.stride < axis.input;
}

// The pixels that the window sees, in the images and side by side; channels first, plane by plane.
template <class T>
std::array<CopyAxis, 4> seen_pixels(const Window& window, const Images<T>& x) {
  const WindowAxis &rows = window.rows, &columns = window.columns;
  const Index planes = window.batch * (x.channels_first ? x.channels : 1);
  const Index numbers = x.channels_first ? 1 : x.channels;
  const Index from_row = columns.input * numbers, to_row = columns.output * numbers;
  return {{{planes, rows.input * from_row, rows.output * to_row},
           {rows.output, rows.stride * from_row, to_row},
           {columns.output, columns.stride * numbers, numbers},
           {numbers, 1, 1}}};
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
  constexpr Index longest = 256, bytes = 128 << 10;
  const Index all = result.rows.output, width = result.columns.output;
  const Index most =
      std::min(longest, bytes / std::max<Index>(1, depth * static_cast<Index>(sizeof(float))));
  Index best = 1;
  for (Index parts = 2; parts <= all && parts * width <= most; ++parts)
    if (all % parts == 0 && ceil_div(parts * width, direct_block) * best <=
                                ceil_div(best * width, direct_block) * parts)
      best = parts;
  result.rows.input = result.rows.output = all / best;
  result.columns.input = result.columns.output = width * best;
  return result;
}

template <class T>
void take_pixels(const Window& window, const Images<const T>& x, T* pixels) {
  strided_copy<T>(seen_pixels(window, x), x.data, pixels);
}

template <class T>
void put_pixels(const Window& window, const T* pixels, const Images<T>& x) {
  std::fill_n(x.data, window.batch * x.image_size(), T(0));
  std::array<CopyAxis, 4> axes = seen_pixels(window, x);
  for (CopyAxis& axis : axes) std::swap(axis.from, axis.to);
  strided_copy<T>(axes, pixels, x.data);
}

template void take_pixels(const Window&, const Images<const float>&, float*);
template void take_pixels(const Window&, const Images<const double>&, double*);
template void put_pixels(const Window&, const float*, const Images<float>&);
template void put_pixels(const Window&, const double*, const Images<double>&);

}  // namespace reel::kernels
