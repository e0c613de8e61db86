// What all losses take besides predictions and labels: how their values are weighed and reduced.
//
// Read before: tensor.h. Read next: loss.h.
#pragma once

#include <reel/core/tensor.h>

namespace reel {

/// How the values of single samples or elements become what a loss returns. Where there is nothing
/// to divide by, the result is 0.
enum class Reduction {
  none,                 ///< the weighted values as they are
  sum,                  ///< their sum
  sum_over_batch_size,  ///< their sum divided by their number, whatever the weights
  weighted_mean,        ///< their sum divided by the sum of the weights
  by_nonzero_weights    ///< their sum divided by the number of weights that are not 0
};
constexpr std::string_view name_of(Reduction reduction) {
  return detail::name_in(
      {"none", "sum", "sum_over_batch_size", "weighted_mean", "by_nonzero_weights"}, reduction);
}

/// What all losses take besides predictions and labels.
struct LossOptions {
  Reduction reduction = Reduction::sum_over_batch_size;
  /// Multiply the values; broadcast to their shape, where one axis less means that the last one is
  /// missing: (n,) weighs rows. Undefined: ones. They have a gradient.
  Tensor weights = {};
  /// In [0, 1], of the cross-entropies: labels * (1 - s) + s / classes.
  double label_smoothing = 0.0;
};

}  // namespace reel
