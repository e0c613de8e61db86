#include <reel/core/kernels/convolution/dense_convolution.h>

#include <reel/core/kernels/convolution/dense_choice.h>
#include <reel/core/kernels/convolution/direct.h>
#include <reel/core/kernels/convolution/im2col.h>
#include <reel/core/kernels/convolution/point_windows.h>
#include <reel/core/kernels/convolution/tap_products.h>
#include <reel/core/kernels/convolution/winograd.h>

namespace reel::kernels {
namespace {

template <class T>
DenseKernel chosen(DensePass pass, const Window& window, Index channels, Index filters) {
  return dense_kernel(pass, window, channels, filters, static_cast<Index>(sizeof(T)));
}

template <class T>
Images<T> in_window(const Window& window, const Images<T>& images) {
  return output_images(window, images.data, images.channels);
}

// x as the window of long rows reads it.
template <class T>
const T* pixels_of(const Window& given, const Window& window, Index channels, const T* x,
                   Scratch<T>& room) {
  if (!is_thinned(given, window)) return x;
  room.reserve(window.batch * window.input_positions() * channels);
  take_pixels(given, input_images(given, x, channels), room.data());
  return room.data();
}

}  // namespace

template <class T>
void dense_forward(const Window& given, Index channels, const T* x, const T* w,
                   const Finish<T>& finish, const Images<T>& y_given) {
  const Window window = with_long_rows(given, channels);
  const Images<T> y = in_window(window, y_given);
  Scratch<T> room;
  x = pixels_of(given, window, channels, x, room);
  switch (chosen<T>(DensePass::forward, window, channels, y.channels)) {
    case DenseKernel::winograd:
      return winograd_forward(window, channels, x, w, finish, y);
    case DenseKernel::direct:
      return direct_forward(window, channels, x, w, finish, y);
    default:
      return lowered_forward<T>(Patches<T>(window, channels), x, w, finish, y);
  }
}

template <class T>
void dense_input_gradient(const Window& given, Index channels, const T* w, const T* relu_y,
                          const Images<const T>& dy_given, T* dx) {
  const Window window = with_long_rows(given, dy_given.channels);
  const Images<const T> dy = in_window(window, dy_given);
  if (is_thinned(given, window)) {
    Scratch<T> pixels(window.batch * window.input_positions() * channels);
    dense_input_gradient(window, channels, w, relu_y, dy, pixels.data());
    return put_pixels<T>(given, pixels.data(), input_images(given, dx, channels));
  }
  switch (chosen<T>(DensePass::input_gradient, window, channels, dy.channels)) {
    case DenseKernel::winograd:
      return winograd_input_gradient(window, channels, w, relu_y, dy, dx);
    case DenseKernel::direct:
      return direct_input_gradient(window, channels, w, relu_y, dy, dx);
    case DenseKernel::tap_products:
      return tap_products_input_gradient(window, channels, w, relu_y, dy, dx);
    case DenseKernel::patches:
      return lowered_backward<T>(Patches<T>(window, channels), nullptr, w, relu_y, dy, {.x = dx});
  }
}

template <class T>
void dense_filter_gradient(const Window& given, Index channels, const T* x, const T* relu_y,
                           const Images<const T>& dy_given, T* dw, T* db) {
  const Window window = with_long_rows(given, channels);
  const Images<const T> dy = in_window(window, dy_given);
  Scratch<T> room;
  x = pixels_of(given, window, channels, x, room);
  switch (chosen<T>(DensePass::filter_gradient, window, channels, dy.channels)) {
    case DenseKernel::winograd:
      return winograd_filter_gradient(window, channels, x, relu_y, dy, dw, db);
    case DenseKernel::direct:
      return direct_filter_gradient(window, channels, x, relu_y, dy, dw, db);
    default:
      return lowered_backward<T>(Patches<T>(window, channels), x, nullptr, relu_y, dy,
                                 {.matrix = dw, .bias = db});
  }
}

template void dense_forward(const Window&, Index, const float*, const float*, const Finish<float>&,
                            const Images<float>&);
template void dense_forward(const Window&, Index, const double*, const double*,
                            const Finish<double>&, const Images<double>&);
template void dense_input_gradient(const Window&, Index, const float*, const float*,
                                   const Images<const float>&, float*);
template void dense_input_gradient(const Window&, Index, const double*, const double*,
                                   const Images<const double>&, double*);
template void dense_filter_gradient(const Window&, Index, const float*, const float*,
                                    const Images<const float>&, float*, float*);
template void dense_filter_gradient(const Window&, Index, const double*, const double*,
                                    const Images<const double>&, double*, double*);

}  // namespace reel::kernels
