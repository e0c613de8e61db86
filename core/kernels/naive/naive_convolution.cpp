// Three sums over one walk: which of x, w and y is added to is all that differs.
//
// The walk is a template on what is done with a product, so that the definition is written once and
// forward and gradients cannot disagree. Price: indices are worked out anew for every product.
// Read before: naive_convolution.h. Read next: naive_depthwise.cpp.
#include <reel/core/kernels/naive/naive_convolution.h>

namespace reel::kernels::naive {
namespace {

// Calls f(i, j, k) for each product x[i] w[j] that is part of y[k].
template <class F>
void for_each_product(const Window& window, Index channels, Index filters, Index groups,
                      const F& f) {
  const Index depth = channels / groups;
  window.for_each_output([&](Index n, Index p, Index q) {
    for_each_tap(window.rows, window.columns, p, q, [&](Index r, Index s, Index h, Index w) {
      const Index tap = r * window.columns.kernel + s;
      for (Index c = 0; c < depth; ++c)
        for (Index k = 0; k < filters; ++k)
          f(window.input_at(channels, n, h, w, k * groups / filters * depth + c),
            (tap * depth + c) * filters + k, window.output_at(filters, n, p, q, k));
    });
  });
}

}  // namespace

template <class T>
void convolution(const Window& window, Index channels, Index filters, const T* x, const T* w, T* y,
                 Index groups) {
  std::fill_n(y, window.batch * window.output_positions() * filters, T(0));
  for_each_product(window, channels, filters, groups,
                   [&](Index i, Index j, Index k) { y[k] += x[i] * w[j]; });
}

template <class T>
void convolution_input_gradient(const Window& window, Index channels, Index filters, const T* w,
                                const T* dy, T* dx, Index groups) {
  std::fill_n(dx, window.batch * window.input_positions() * channels, T(0));
  for_each_product(window, channels, filters, groups,
                   [&](Index i, Index j, Index k) { dx[i] += w[j] * dy[k]; });
}

template <class T>
void convolution_filter_gradient(const Window& window, Index channels, Index filters, const T* x,
                                 const T* dy, T* dw, Index groups) {
  std::fill_n(dw, window.taps() * (channels / groups) * filters, T(0));
  for_each_product(window, channels, filters, groups,
                   [&](Index i, Index j, Index k) { dw[j] += x[i] * dy[k]; });
}

template void convolution(const Window&, Index, Index, const float*, const float*, float*, Index);
template void convolution(const Window&, Index, Index, const double*, const double*, double*,
                          Index);
template void convolution_input_gradient(const Window&, Index, Index, const float*, const float*,
                                         float*, Index);
template void convolution_input_gradient(const Window&, Index, Index, const double*, const double*,
                                         double*, Index);
template void convolution_filter_gradient(const Window&, Index, Index, const float*, const float*,
                                          float*, Index);
template void convolution_filter_gradient(const Window&, Index, Index, const double*, const double*,
                                          double*, Index);

}  // namespace reel::kernels::naive
