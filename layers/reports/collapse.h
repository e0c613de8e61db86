// Fold: a separable convolution's two kernels as the one kernel of a full convolution.
//
//   e[r, s, c, f] = sum_m d[r, s, c, m] w[0, 0, c M + m, f]
//
// The two stages are linear with nothing between them, so convolving with e gives what the layer
// gives before its bias and activation: `layer.convolution_op(x, fold(layer))`. That is what the
// factorisation saves, as a number (summary.h), and a second way to compute the layer in tests.
// Composed of recorded ops, so gradients reach both kernels. Read before: separable_conv2d.h.
#pragma once

#include <reel/layers/separable_conv2d.h>

namespace reel {

/// The dense kernel of a separable layer, of shape (R, S, C, F). RuntimeError when it is not built.
Tensor fold(const SeparableConv2D& layer);

}  // namespace reel
