// Each gradient is made of two sums over a channel, of dy and of dy x^.
//
// In inference y is linear in x, and so dx = gamma dy / deviation. In training mean and variance
// move with x: dx is then freed from its mean and from its part along x^, which is what keeps mean
// and variance of y where they are. All sums and formulas are in double; results are rounded once.
// Read before: naive_normalization.h. Read next: normalization.cpp.
#include <reel/core/kernels/naive/naive_normalization.h>

#include <cmath>

namespace reel::kernels::naive {
namespace {

// Calls f(i) for all positions of a channel.
template <class F>
void for_each_of(const ChannelView& view, Index channel, const F& f) {
  for (Index o = 0; o < view.outer; ++o)
    for (Index i = 0; i < view.inner; ++i) f((o * view.channels + channel) * view.inner + i);
}

// The numbers of one channel, in double.
struct Channel {
  double gamma, beta, mean, deviation;  // sqrt(variance + epsilon)

  template <class T>
  Channel(const Normalization<T>& n, Index c)
      : gamma(n.gamma ? static_cast<double>(n.gamma[c]) : 1),
        beta(n.beta ? static_cast<double>(n.beta[c]) : 0),
        mean(static_cast<double>(n.mean[c])),
        deviation(std::sqrt(static_cast<double>(n.variance[c]) + n.epsilon)) {}

  template <class T>
  double x_hat(T x) const {
    return (static_cast<double>(x) - mean) / deviation;
  }
};

// sum(dy) and sum(dy x^), which every gradient is made of.
struct Sums {
  double dy = 0, product = 0;

  template <class T>
  Sums(const Normalization<T>& n, Index c, const Channel& at, const T* x, const T* dy_values) {
    for_each_of(n.view, c, [&](Index i) {
      dy += static_cast<double>(dy_values[i]);
      product += static_cast<double>(dy_values[i]) * at.x_hat(x[i]);
    });
  }
};

template <class T>
void set(T* gradient, Index c, double value) {
  if (gradient) gradient[c] = static_cast<T>(value);
}

}  // namespace

template <class T>
void channel_moments(const ChannelView& view, const T* x, T* mean, T* variance) {
  const auto count = static_cast<double>(view.per_channel());
  for (Index c = 0; c < view.channels; ++c) {
    double sum = 0, squares = 0;
    for_each_of(view, c, [&](Index i) { sum += static_cast<double>(x[i]); });
    for_each_of(view, c, [&](Index i) {
      const double apart = static_cast<double>(x[i]) - sum / count;
      squares += apart * apart;
    });
    mean[c] = static_cast<T>(sum / count);
    variance[c] = static_cast<T>(squares / count);
  }
}

template <class T>
void normalize(const Normalization<T>& n, const T* x, T* y) {
  for (Index c = 0; c < n.view.channels; ++c) {
    const Channel at(n, c);
    for_each_of(n.view, c,
                [&](Index i) { y[i] = static_cast<T>(at.gamma * at.x_hat(x[i]) + at.beta); });
  }
}

// Moving one x moves the mean and the variance, too: dy less its mean, less its part along x^.
template <class T>
void training_gradients(const Normalization<T>& n, const T* x, const T* dy,
                        const NormalizationGradients<T>& to) {
  const auto count = static_cast<double>(n.view.per_channel());
  for (Index c = 0; c < n.view.channels; ++c) {
    const Channel at(n, c);
    const Sums sums(n, c, at, x, dy);
    set(to.gamma, c, sums.product);
    set(to.beta, c, sums.dy);
    if (to.x)
      for_each_of(n.view, c, [&](Index i) {
        const double own = static_cast<double>(dy[i]) - sums.dy / count;
        const double along = at.x_hat(x[i]) * sums.product / count;
        to.x[i] = static_cast<T>(at.gamma / at.deviation * (own - along));
      });
  }
}

template <class T>
void inference_gradients(const Normalization<T>& n, const T* x, const T* dy,
                         const NormalizationGradients<T>& to) {
  for (Index c = 0; c < n.view.channels; ++c) {
    const Channel at(n, c);
    const Sums sums(n, c, at, x, dy);
    const double gain = at.gamma / at.deviation;
    set(to.gamma, c, sums.product);
    set(to.beta, c, sums.dy);
    set(to.mean, c, -gain * sums.dy);
    set(to.variance, c, -gain * sums.product / (2 * at.deviation));
    if (to.x)
      for_each_of(n.view, c,
                  [&](Index i) { to.x[i] = static_cast<T>(gain * static_cast<double>(dy[i])); });
  }
}

template void channel_moments(const ChannelView&, const float*, float*, float*);
template void channel_moments(const ChannelView&, const double*, double*, double*);
template void normalize(const Normalization<float>&, const float*, float*);
template void normalize(const Normalization<double>&, const double*, double*);
template void training_gradients(const Normalization<float>&, const float*, const float*,
                                 const NormalizationGradients<float>&);
template void training_gradients(const Normalization<double>&, const double*, const double*,
                                 const NormalizationGradients<double>&);
template void inference_gradients(const Normalization<float>&, const float*, const float*,
                                  const NormalizationGradients<float>&);
template void inference_gradients(const Normalization<double>&, const double*, const double*,
                                  const NormalizationGradients<double>&);

}  // namespace reel::kernels::naive
