// Depthwise, then pointwise convolution, as one op.
#pragma once

#include <reel/core/ops/convolution.h>

namespace reel {

/// depthwise (R, S, C, M), pointwise (1, 1, C * M, F), bias (F,) or an undefined tensor.
/// y = pointwise(depthwise(x)) + bias, of shape (N, P, Q, F) or (N, F, P, Q).
/// Fused: the depthwise result is never stored; the backward pass computes it again.
Tensor separable_conv2d(const Operand& x, const Operand& depthwise, const Operand& pointwise,
                        const Operand& bias, const ConvolutionOptions& options = {});

}  // namespace reel
