#include <reel/optim/gradient_clipping.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <reel/core/kernels/reduction/units.h>
#include <reel/core/ops.h>

namespace reel {
namespace {

// value * unit. The unit is a power of two: 1, but where the norm, or a factor that brings it to a
// bound, may not fit the dtype.
struct Norm {
  double value, unit;
};

Norm norm_of(const Tensor& gradient) {
  constexpr double far = 0x1p60;
  const double norm = l2_norm(gradient).item();
  if (norm == 0 || (norm > 1 / far && norm < far)) return {norm, 1};
  const double unit = kernels::unit_below(max(abs(gradient)).item());
  return {l2_norm(gradient / unit).item(), unit};
}

// Brings a gradient of this norm down to the bound; one within it keeps bits and memory.
void scale(Tensor& gradient, const Norm& norm, double bound) {
  if (norm.value <= bound / norm.unit) return;
  if (norm.unit != 1) gradient = gradient / norm.unit;
  gradient = gradient * (bound / norm.value);
}

// Of all of them together; NaN when it is not finite.
Norm global_norm_of(std::span<const VariableGradient> gradients) {
  memory::Vector<Norm> norms;
  for (const VariableGradient& pair : gradients) norms.push_back(norm_of(pair.gradient));
  double unit = 0, squares = 0;
  for (const Norm& norm : norms)
    if (norm.value != 0) unit = std::max(unit, norm.unit);
  if (unit == 0) return {0, 1};
  for (const Norm& norm : norms) {
    const double value = norm.value * (norm.unit / unit);
    squares += value * value;
  }
  const double value = std::sqrt(squares);
  return {std::isfinite(value) ? value : std::numeric_limits<double>::quiet_NaN(), unit};
}

}  // namespace

// The three bounds in their fixed order.
void clip_gradients(const ClippingOptions& options, std::span<VariableGradient> gradients) {
  const PauseRecording pause;
  if (const auto& bound = options.clipvalue)
    for (VariableGradient& pair : gradients) pair.gradient = clip(pair.gradient, -*bound, *bound);
  if (const auto& bound = options.clipnorm)
    for (VariableGradient& pair : gradients) scale(pair.gradient, norm_of(pair.gradient), *bound);
  if (const auto& bound = options.global_clipnorm) {
    const Norm norm = global_norm_of(gradients);
    for (VariableGradient& pair : gradients) scale(pair.gradient, norm, *bound);
  }
}

}  // namespace reel
