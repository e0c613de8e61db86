// How the losses of single samples or elements become what a loss function returns.
//
// Every loss function goes the same way: check the options, compute a tensor of losses, hand it to
// `reduce_losses`. So weights, smoothing and reductions mean the same in all of them, and an op has
// a rule for the losses alone. Internal to the losses.
// Read before: loss_options.h. Read next: loss_reduction.cpp, cross_entropy.cpp.
#pragma once

#include <reel/core/ops/loss_options.h>

namespace reel::detail {

/// Throws when `options` do not fit losses of this shape and dtype. Called before any work.
void check_loss_options(const char* op, const Shape& losses, DType dtype,
                        const LossOptions& options);

/// Losses times weights, reduced as the options say. Weights of one rank less get a last axis, a
/// last axis of one that is too much goes; then they broadcast. Nothing to divide by gives 0.
Tensor reduce_losses(const Tensor& losses, const LossOptions& options);

/// labels * (1 - smoothing) + smoothing / classes.
Tensor smoothed(const Tensor& labels, double smoothing, double classes);

}  // namespace reel::detail
