// One walk over the products x d of a position serves forward and back: forward, they add up to z;
// back, each gives the other factor's gradient from dz, the gradient of z. z and dz are the only
// memory, so a training step needs no more than its arguments and results, as on the fast way.
// Whatever shares a number is added in the order of positions: one thread, one order.
// Read before: naive_separable.h, window.h. Read next: separable_convolution.cpp.
#include <reel/core/kernels/naive/naive_separable.h>

#include <reel/core/runtime/scratch.h>

namespace reel::kernels::naive {
namespace {

// Calls f(i, j, k) for each product x[i] d[j] that is part of z[k] at output (n, p, q).
template <class T, class F>
void for_each_product(const Separable<T>& s, Index n, Index p, Index q, const F& f) {
  for_each_tap(s.window.rows, s.window.columns, p, q, [&](Index r, Index t, Index h, Index w) {
    const Index tap = r * s.window.columns.kernel + t;
    for (Index c = 0; c < s.channels; ++c)
      for (Index m = 0; m < s.multiplier; ++m) {
        const Index k = c * s.multiplier + m;
        f(s.window.input_at(s.channels, n, h, w, c), tap * s.channels * s.multiplier + k, k);
      }
  });
}

template <class T>
void depthwise_at(const Separable<T>& s, Index n, Index p, Index q, Scratch<T>& z) {
  z.clear();
  for_each_product(s, n, p, q, [&](Index i, Index j, Index k) { z.data()[k] += s.x[i] * s.d[j]; });
}

}  // namespace

template <class T>
void separable(const Separable<T>& s, T* y) {
  Scratch<T> z(s.channels * s.multiplier);
  s.window.for_each_output([&](Index n, Index p, Index q) {
    depthwise_at(s, n, p, q, z);
    for (Index f = 0; f < s.filters; ++f) {
      T sum = s.b ? s.b[f] : 0;
      for (Index k = 0; k < z.size(); ++k) sum += z.data()[k] * s.w[k * s.filters + f];
      y[s.window.output_at(s.filters, n, p, q, f)] = s.relu && sum < 0 ? 0 : sum;  // NaN stays
    }
  });
}

template <class T>
void separable_gradients(const Separable<T>& s, const T* y, const T* dy,
                         const SeparableGradients<T>& to) {
  const Index depth = s.channels * s.multiplier;
  if (to.x) std::fill_n(to.x, s.window.batch * s.window.input_positions() * s.channels, T(0));
  if (to.d) std::fill_n(to.d, s.window.taps() * depth, T(0));
  if (to.w) std::fill_n(to.w, depth * s.filters, T(0));
  if (to.b) std::fill_n(to.b, s.filters, T(0));
  Scratch<T> z(depth), dz(depth);
  s.window.for_each_output([&](Index n, Index p, Index q) {
    if (to.w) depthwise_at(s, n, p, q, z);
    dz.clear();
    for (Index f = 0; f < s.filters; ++f) {
      const Index at = s.window.output_at(s.filters, n, p, q, f);
      const T g = s.relu && !(y[at] > 0) ? 0 : dy[at];
      if (to.b) to.b[f] += g;
      for (Index k = 0; k < depth; ++k) {
        if (to.w) to.w[k * s.filters + f] += z.data()[k] * g;
        dz.data()[k] += s.w[k * s.filters + f] * g;
      }
    }
    for_each_product(s, n, p, q, [&](Index i, Index j, Index k) {
      if (to.x) to.x[i] += s.d[j] * dz.data()[k];
      if (to.d) to.d[j] += s.x[i] * dz.data()[k];
    });
  });
}

template void separable(const Separable<float>&, float*);
template void separable(const Separable<double>&, double*);
template void separable_gradients(const Separable<float>&, const float*, const float*,
                                  const SeparableGradients<float>&);
template void separable_gradients(const Separable<double>&, const double*, const double*,
                                  const SeparableGradients<double>&);

}  // namespace reel::kernels::naive
