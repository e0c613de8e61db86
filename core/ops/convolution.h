// Convolutions in two dimensions: cross-correlations, without a flip of the kernel.
//
// x is (N, H, W, C) or, channels first, (N, C, H, W); kernels keep one layout for both. An output's
// size is ceil((L - D + 1) / stride) for valid and ceil(L / stride) for same padding, where
// D = (K - 1) * dilation + 1; same padding puts the odd pixel at the end.
#pragma once

#include <reel/core/operand.h>
#include <reel/core/ops/window_options.h>

namespace reel {

struct ConvolutionOptions {
  Pair strides = 1;
  Padding padding = Padding::valid;
  DataFormat data_format = DataFormat::channels_last;
  Pair dilations = 1;
};

/// x * w, w of shape (R, S, C, F) -> F channels.
Tensor conv2d(const Operand& x, const Operand& w, const ConvolutionOptions& options = {});

/// Each channel with its own M filters, w of shape (R, S, C, M) -> C * M channels; output channel
/// c * M + m.
Tensor depthwise_conv2d(const Operand& x, const Operand& w, const ConvolutionOptions& options = {});

/// Bias along the channel axis: bias of shape (F,).
Tensor bias_add(const Operand& x, const Operand& bias,
                const DataFormat& data_format = DataFormat::channels_last);

}  // namespace reel
