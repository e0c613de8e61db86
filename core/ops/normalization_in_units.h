// Batch normalization where squares leave the dtype's range: of float32 from 1e12 on, or below
// 1e-12 when epsilon does not cover it.
//
// With c = x / 2 - mean(x) / 2, which cannot overflow, and v = c / unit, a unit a channel,
// y = gamma v / sqrt(mean(v^2) + epsilon / (2 unit)^2) + beta. A unit is not far below
// sqrt(epsilon), so that the last term is at most 4. The price is a dozen passes instead of two,
// for numbers that no network should have; channels of others keep the bits that they have without.
// Internal: included by normalization.cpp only. Read before: units.h. Read next: normalization.cpp.
#pragma once

#include <functional>

#include <reel/core/ops/normalization.h>

namespace reel::detail {

/// Whether a channel's statistics are such that formulas would leave the dtype's range, the
/// steepest of which has the factor 1 / sqrt(variance + epsilon)^3.
bool needs_units(const Tensor& mean, const Tensor& variance, double epsilon);

/// batch_normalization with its statistics known, of (x, gamma, mean, variance).
using PlainNormalization = std::function<BatchNormalizationResult(const Tensor&, const Tensor&,
                                                                  const Tensor&, const Tensor&)>;

/// batch_normalization of an x with these statistics, some of which need units; `axis` is in
/// [0, rank). The channels of the others go the plain way.
BatchNormalizationResult batch_normalization_in_units(const Tensor& x, const Tensor& gamma,
                                                      const Tensor& beta, const Tensor& mean,
                                                      const Tensor& variance, int axis,
                                                      double epsilon,
                                                      const PlainNormalization& plain);

}  // namespace reel::detail
