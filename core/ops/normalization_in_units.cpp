#include <reel/core/ops/normalization_in_units.h>

#include <cmath>
#include <limits>

#include <reel/core/kernels/reduction/units.h>
#include <reel/core/ops/map.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/ops/shape_ops.h>

namespace reel::detail {

namespace {

template <class T>
bool is_far(T mean, T variance, double epsilon) {
  const double most = std::ldexp(1.0, std::numeric_limits<T>::max_exponent * 5 / 8);
  const double all = static_cast<double>(variance) + epsilon;
  return !(std::isfinite(mean) && all <= most && all >= 1 / most);
}

}  // namespace

bool needs_units(const Tensor& mean, const Tensor& variance, double epsilon) {
  return dispatch(mean.dtype(), [&](auto zero) {
    using T = decltype(zero);
    bool is_any = false;
    for (Index c = 0; c < mean.size(); ++c)
      is_any = is_any || is_far(mean.data<T>()[c], variance.data<T>()[c], epsilon);
    return is_any;
  });
}

namespace {

Shape shape_per_channel(const Tensor& x, int axis) {
  Shape shape = x.shape();
  for (int i = 0; i < x.rank(); ++i) shape[i] = i == axis ? shape[i] : 1;
  return shape;
}

// Composed of other ops, each channel in units of its largest distance from the mean.
BatchNormalizationResult in_units(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                  int axis, double epsilon) {
  const Axes others = Axes::all_but(axis, x.rank());
  const Shape spread = shape_per_channel(x, axis);
  const Index count = x.size() / x.shape()[axis];
  const Tensor centre = sum(x / count, others, true);
  const Tensor centred = 0.5 * x - 0.5 * centre;
  const double root = 0.5 * std::sqrt(epsilon);
  const Tensor unit = [&] {
    const PauseRecording pause;
    return map(maximum(max(abs(centred), others, true), root),
               [](auto most) { return kernels::unit_below(most); });
  }();

  const Tensor v = centred / unit, variance = mean(square(v), others, true);
  Tensor y = v * rsqrt(variance + square(root / unit));
  if (gamma.defined()) y = y * reshape(gamma, spread);
  if (beta.defined()) y = y + reshape(beta, spread);
  const Shape per_channel{x.shape()[axis]};
  return {y, stop_gradient(reshape(centre, per_channel)),
          stop_gradient(reshape(4 * variance * unit * unit, per_channel))};
}

}  // namespace

// What the plain way is given of the other channels is chosen so that nothing there is NaN, for 0
// times that would come back in gradients.
BatchNormalizationResult batch_normalization_in_units(const Tensor& x, const Tensor& gamma,
                                                      const Tensor& beta, const Tensor& mean,
                                                      const Tensor& variance, int axis,
                                                      double epsilon,
                                                      const PlainNormalization& plain) {
  const auto far = in_units(x, gamma, beta, axis, epsilon);
  const Tensor need = map_same_shape(
      mean, variance, [epsilon](auto m, auto v) { return is_far(m, v, epsilon) ? 1 : 0; });
  if (all(need).item() != 0) return far;
  const Tensor at = reshape(need, shape_per_channel(x, axis));
  const auto near = plain(where(at, 0, x), gamma.defined() ? where(need, 1, gamma) : gamma,
                          where(need, 0, mean), where(need, 1, variance));
  return {where(at, far.y, near.y), where(need, far.mean, near.mean),
          where(need, far.variance, near.variance)};
}

}  // namespace reel::detail
