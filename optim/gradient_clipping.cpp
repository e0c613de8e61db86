#include <reel/optim/gradient_clipping.h>

#include <cmath>
#include <limits>

#include <reel/core/ops.h>

namespace reel {
namespace {

double norm_of(const Tensor& gradient) { return l2_norm(gradient).item(); }

void scale(Tensor& gradient, double factor) {
  if (factor != 1.0) gradient = gradient * factor;
}

}  // namespace

// The three bounds in their fixed order; a factor of 1 leaves a gradient alone, bits and memory.
void clip_gradients(const ClippingOptions& options, std::span<VariableGradient> gradients) {
  const PauseRecording pause;
  if (const auto& bound = options.clipvalue)
    for (VariableGradient& pair : gradients) pair.gradient = clip(pair.gradient, -*bound, *bound);
  if (const auto& bound = options.clipnorm)
    for (VariableGradient& pair : gradients) {
      const double norm = norm_of(pair.gradient);
      if (!(norm <= *bound)) scale(pair.gradient, *bound / norm);
    }
  if (const auto& bound = options.global_clipnorm) {
    double square = 0;
    for (const VariableGradient& pair : gradients) {
      const double norm = norm_of(pair.gradient);
      square += norm * norm;
    }
    const double norm = std::sqrt(square);
    const double factor = !std::isfinite(norm) ? std::numeric_limits<double>::quiet_NaN()
                          : norm <= *bound     ? 1.0
                                               : *bound / norm;
    for (VariableGradient& pair : gradients) scale(pair.gradient, factor);
  }
}

}  // namespace reel
