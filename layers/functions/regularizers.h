// Regularizers: penalties on weights and outputs, differentiable scalars.
//
// A layer adds them to its losses; they are not divided by the batch when they penalise a weight.
// There is no factor 1/2 in `l2`. A penalty is composed of recorded ops, so that it can be
// differentiated twice like any loss. A negative coefficient is a reward and allowed.
// `.kernel_regularizer = l2(1e-4)`, `= "l2"` and any callable tensor -> scalar are accepted.
// Read before: weight_functions.h.
#pragma once

#include <string>

#include <reel/layers/functions/weight_functions.h>

namespace reel {

/// The function behind a name, or the function itself; none stays none. Known are l1 (L1), l2 (L2),
/// l1_l2, L1L2 (whose coefficients default to 0), orthogonal_regularizer (OrthogonalRegularizer).
/// ValueError or TypeError that starts with `where`.
Regularizer resolve(const Regularizer& regularizer, const std::string& where);

/// l1 * sum |x|. ValueError for a coefficient that is not finite, here and below.
Regularizer l1(double l1 = 0.01);
/// l2 * sum x^2.
Regularizer l2(double l2 = 0.01);

struct L1L2Options {
  double l1 = 0.01;
  double l2 = 0.01;
};
/// l1 * sum |x| + l2 * sum x^2; a term whose coefficient is 0 is left out.
Regularizer l1_l2(const L1L2Options& options = {});

struct OrthogonalRegularizerOptions {
  double factor = 0.01;
  std::string mode = "rows";  ///< or "columns"
};
/// factor times the mean over all pairs of rows (columns) of the product of the two, each scaled to
/// length 1: signed, so opposite rows are rewarded. 0 for a single row.
/// ValueError for an unknown mode, and at the call for a rank that is not 2.
Regularizer orthogonal_regularizer(const OrthogonalRegularizerOptions& options = {});

namespace detail {
/// The penalty on x, perhaps none. ValueError that starts with `where` for more than one number,
/// which a loss would be added to as often.
Tensor penalty(const Regularizer& regularizer, const Tensor& x, const std::string& where);
}  // namespace detail

}  // namespace reel
