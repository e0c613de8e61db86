// Numerical checks of gradients: central differences in float64, first and second order.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <reel/core/tensor.h>

namespace reel {

struct GradCheckOptions {
  int order = 2;            ///< 1, or 2 to check the gradient of the gradient too
  double step = 1e-5;       ///< of the central difference
  double tolerance = 1e-6;  ///< on |analytic - numeric| / max(1, largest |numeric|)
};

/// What `check_gradients` found. Converts to true when every gradient was right.
struct GradCheckReport {
  bool passed = true;
  double worst_error = 0;  ///< largest relative error seen
  std::string message;     ///< the first wrong entry: order, input, position, both values
  explicit operator bool() const { return passed; }
};

/// Compares the gradients of sum(f(xs) * c), c fixed random numbers, with central differences.
/// The inputs must be float64 (TypeError otherwise) and lie away from kinks.
GradCheckReport check_gradients(const std::function<Tensor(const std::vector<Tensor>&)>& f,
                                const std::vector<Tensor>& inputs,
                                const GradCheckOptions& options = {});
/// The same for a function of one tensor.
GradCheckReport check_gradients(const std::function<Tensor(const Tensor&)>& f, const Tensor& input,
                                const GradCheckOptions& options = {});

std::ostream& operator<<(std::ostream& out, const GradCheckReport& report);

}  // namespace reel
