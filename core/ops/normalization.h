// Batch normalisation (Ioffe and Szegedy 2015, arXiv:1502.03167).
//
// x has any rank >= 2; `axis` holds its C channels, and statistics are taken over all other axes.
// gamma, beta, mean and variance have shape (C,) and x's dtype; gamma and beta may be undefined and
// then stand for 1 and 0. ValueError for other ranks, axes and shapes and for a negative epsilon;
// TypeError for mixed dtypes.
#pragma once

#include <reel/core/operand.h>

namespace reel {

struct BatchNormalizationOptions {
  int axis = -1;
  double epsilon = 1e-3;  ///< added to the variance
};

struct BatchNormalizationResult {
  Tensor y;
  Tensor mean;      ///< of the batch, (C,); no gradient
  Tensor variance;  ///< of the batch, biased, (C,); no gradient
};

/// y = gamma (x - mean) / sqrt(variance + epsilon) + beta with the batch's own statistics. The
/// gradient with respect to x goes through them. y is right, too, where the variance itself leaves
/// the dtype's range and is infinite. ValueError when a channel has no elements.
BatchNormalizationResult batch_normalization(const Operand& x, const Operand& gamma,
                                             const Operand& beta,
                                             const BatchNormalizationOptions& options = {});

/// The same with given statistics (inference); gradients with respect to all five.
Tensor batch_normalization_inference(const Operand& x, const Operand& gamma, const Operand& beta,
                                     const Operand& mean, const Operand& variance,
                                     const BatchNormalizationOptions& options = {});

}  // namespace reel
