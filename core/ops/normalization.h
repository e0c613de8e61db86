// Batch normalisation.
#pragma once

#include <reel/core/operand.h>

namespace reel {

struct BatchNormalizationOptions {
  int axis = -1;
  double epsilon = 1e-3;
};

struct BatchNormalizationResult {
  Tensor y;
  Tensor mean;      ///< of the batch, (C,); no gradient
  Tensor variance;  ///< of the batch, biased, (C,); no gradient
};

/// y = gamma (x - mean) / sqrt(variance + epsilon) + beta with the batch's own statistics over all
/// axes but `axis`; gamma and beta of shape (C,) or undefined.
BatchNormalizationResult batch_normalization(const Operand& x, const Operand& gamma,
                                             const Operand& beta,
                                             const BatchNormalizationOptions& options = {});

/// The same with given statistics (inference); gradients also with respect to them.
Tensor batch_normalization_inference(const Operand& x, const Operand& gamma, const Operand& beta,
                                     const Operand& mean, const Operand& variance,
                                     const BatchNormalizationOptions& options = {});

}  // namespace reel
