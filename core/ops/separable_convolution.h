// Depthwise, then pointwise convolution, as one op.
//
// The depthwise result, M times as large as the input and as long-lived as the tape if it were
// kept, is never stored: forward and backward make it tile by tile in cache (lowering.h).
// That serves the first derivative; when a tape records the backward pass itself, the gradients are
// composed of the ops in convolution.h, which do store it, and are differentiable to any order.
// Read before: convolution.h.
#pragma once

#include <reel/core/ops/convolution.h>

namespace reel {

/// y = activation(pointwise(depthwise(x)) + bias), of shape (N, P, Q, F) or (N, F, P, Q):
/// x (N, H, W, C) or (N, C, H, W), depthwise (R, S, C, M), pointwise (1, 1, C * M, F), bias (F,) or
/// an undefined tensor. Row c * M + m of the pointwise kernel meets filter m of channel c.
/// Gradients: all four in one pass; those that nobody wants are not computed. Errors: as in
/// convolution.h, and ValueError for other shapes of the kernels and the bias.
/// Source: tf.nn.separable_conv2d, here with unequal strides and with stride and dilation combined.
Tensor separable_conv2d(const Operand& x, const Operand& depthwise, const Operand& pointwise,
                        const Operand& bias, const ConvolutionOptions& options = {},
                        FusedActivation activation = FusedActivation::none);

}  // namespace reel
