// Losses of regression beside the squared, the absolute and Huber's: of errors relative to the
// labels, of errors of logarithms, of counts, and the smooth absolute one.
//
// Each gives a value for each element and goes loss.h's three steps. Errors: ValueError for shapes
// that differ, weights that do not fit, and for a label smoothing, which has no meaning here;
// TypeError for dtypes that differ. Read before: loss.h. Read next: error_losses.cpp.
#pragma once

#include <reel/core/ops/loss.h>

namespace reel {

/// 100 |predictions - labels| / max(|labels|, 1e-7): a percentage, which is huge where a label is
/// nearly 0.
Tensor mean_absolute_percentage_error(const Operand& predictions, const Operand& labels,
                                      const LossOptions& options = {});

/// (log(1 + max(predictions, 1e-7)) - log(1 + max(labels, 1e-7)))^2, for numbers of very different
/// sizes; gradient 0 where a number is below 1e-7.
Tensor mean_squared_logarithmic_error(const Operand& predictions, const Operand& labels,
                                      const LossOptions& options = {});

/// log(cosh(predictions - labels)): half the square of a small error, and a large one less log 2.
/// Exact at both ends; gradient tanh(predictions - labels).
Tensor log_cosh(const Operand& predictions, const Operand& labels, const LossOptions& options = {});

/// predictions - labels * log(predictions + 1e-7), for labels that count: the likelihood of a
/// Poisson distribution whose mean is the prediction, which must be positive.
Tensor poisson(const Operand& predictions, const Operand& labels, const LossOptions& options = {});

}  // namespace reel
