// Three sums over one walk, as in the dense convolution.
//
// The one difference: filter m of channel c meets that channel alone, and its products go to
// channel c M + m of y, so there is no loop over other channels.
// Read before: naive_convolution.cpp, naive_depthwise.h. Read next: naive_separable.cpp.
#include <reel/core/kernels/naive/naive_depthwise.h>

namespace reel::kernels::naive {
namespace {

// Calls f(i, j, k) for each product x[i] w[j] that is part of y[k].
template <class F>
void for_each_product(const Window& window, Index channels, Index multiplier, const F& f) {
  window.for_each_output([&](Index n, Index p, Index q) {
    for_each_tap(window.rows, window.columns, p, q, [&](Index r, Index s, Index h, Index w) {
      const Index tap = r * window.columns.kernel + s;
      for (Index c = 0; c < channels; ++c)
        for (Index m = 0; m < multiplier; ++m)
          f(window.input_at(channels, n, h, w, c), (tap * channels + c) * multiplier + m,
            window.output_at(channels * multiplier, n, p, q, c * multiplier + m));
    });
  });
}

}  // namespace

template <class T>
void depthwise(const Window& window, Index channels, Index multiplier, const T* x, const T* w,
               T* y) {
  std::fill_n(y, window.batch * window.output_positions() * channels * multiplier, T(0));
  for_each_product(window, channels, multiplier,
                   [&](Index i, Index j, Index k) { y[k] += x[i] * w[j]; });
}

template <class T>
void depthwise_input_gradient(const Window& window, Index channels, Index multiplier, const T* w,
                              const T* dy, T* dx) {
  std::fill_n(dx, window.batch * window.input_positions() * channels, T(0));
  for_each_product(window, channels, multiplier,
                   [&](Index i, Index j, Index k) { dx[i] += w[j] * dy[k]; });
}

template <class T>
void depthwise_filter_gradient(const Window& window, Index channels, Index multiplier, const T* x,
                               const T* dy, T* dw) {
  std::fill_n(dw, window.taps() * channels * multiplier, T(0));
  for_each_product(window, channels, multiplier,
                   [&](Index i, Index j, Index k) { dw[j] += x[i] * dy[k]; });
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

}  // namespace reel::kernels::naive
