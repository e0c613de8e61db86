#include <reel/core/ops/normalization_in_units.h>

#include <cmath>
#include <limits>

#include <reel/core/kernels/reduction/units.h>
#include <reel/core/ops/map.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/ops/shape_ops.h>

namespace reel::detail {

bool needs_units(const Tensor& mean, const Tensor& variance, double epsilon) {
  return dispatch(mean.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const double most = std::ldexp(1.0, std::numeric_limits<T>::max_exponent * 5 / 8);
    bool fits = true;
    for (Index c = 0; c < mean.size(); ++c) {
      const double v = static_cast<double>(variance.data<T>()[c]) + epsilon;
      fits = fits && std::isfinite(mean.data<T>()[c]) && v <= most && v >= 1 / most;
    }
    return !fits;
  });
}

BatchNormalizationResult batch_normalization_in_units(const Tensor& x, const Tensor& gamma,
                                                      const Tensor& beta, int axis,
                                                      double epsilon) {
  const Axes others = Axes::all_but(axis, x.rank());
  Shape spread = x.shape();
  for (int i = 0; i < x.rank(); ++i) spread[i] = i == axis ? spread[i] : 1;
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

}  // namespace reel::detail
