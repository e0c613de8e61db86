// Clipping: gradients made smaller before an optimizer uses them.
//
// The order is fixed: each element to [-clipvalue, clipvalue], then each gradient to a norm of
// clipnorm, then all of them together to a norm of global_clipnorm. Penalties on weights are part
// of the gradients and are clipped with them. A gradient that is within its bound keeps its bits.
// Read next: optimizer.h.
#pragma once

#include <optional>
#include <span>

#include <reel/core/tape.h>

namespace reel {

struct ClippingOptions {
  std::optional<double> clipnorm = {};
  std::optional<double> clipvalue = {};
  std::optional<double> global_clipnorm = {};
};

/// Clips the gradients in place of the old ones. A global norm that is not finite makes all of them
/// NaN, so that a broken step shows.
void clip_gradients(const ClippingOptions& options, std::span<VariableGradient> gradients);

}  // namespace reel
