// Convolutions in two dimensions: cross-correlations, without a flip of the kernel.
//
// x is (N, H, W, C) or, channels first, (N, C, H, W); kernels keep one layout for both. An output's
// size is ceil((L - D + 1) / stride) for valid and ceil(L / stride) for same padding, where
// D = (K - 1) * dilation + 1; same padding puts the odd pixel at the end. Stride and dilation may
// be combined: output p meets input p * stride + r * dilation - before (window.h). <dy,
// conv(x, w)> is linear in x, w and dy. Its derivatives in the three are the three ops of each kind
// here, so the gradients of each op are the other two, to any order. Errors: ValueError for ranks
// other than 4, channels that do not fit, strides or dilations below 1 and inputs so small that the
// output's size would be below 0 (0 gives an empty tensor); TypeError for dtypes that differ. Read
// next: separable_convolution.h.
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

/// What is applied to a result while it is in cache.
enum class FusedActivation { none, relu };
constexpr std::string_view name_of(FusedActivation activation) {
  return detail::name_in({"none", "relu"}, activation);
}

/// x * w: w of shape (R, S, C, F) -> (N, P, Q, F) or (N, F, P, Q). A kernel of shape
/// (R, S, C / G, F) makes G groups, as in TensorFlow: of G equal parts of the filters each sees the
/// same part of the channels. ValueError for channels or filters that G does not divide. A NaN or
/// an infinity may reach results that do not see it: up to the 4 x 4 around, where the kernel is
/// 3 x 3 (winograd.h), and filters of other groups (grouped_convolution.h).
Tensor conv2d(const Operand& x, const Operand& w, const ConvolutionOptions& options = {});
/// activation(conv2d(x, w) + bias) in one pass, bias of shape (F,). Gradients: all three from dy as
/// it comes, without a tensor for what relu lets through; those that nobody wants are not computed.
/// Errors: as above, and ValueError for another shape of the bias. Source: tf.nn.conv2d,
/// tf.nn.bias_add and tf.nn.relu.
Tensor conv2d_with_bias(const Operand& x, const Operand& w, const Operand& bias,
                        const ConvolutionOptions& options = {},
                        FusedActivation activation = FusedActivation::none);
/// The gradient of <dy, conv2d(x, w)> with respect to x, which had `shape`.
Tensor conv2d_input_gradient(const Shape& shape, const Operand& w, const Operand& dy,
                             const ConvolutionOptions& options = {});
/// The gradient of <dy, conv2d(x, w)> with respect to w, which had `shape`.
Tensor conv2d_filter_gradient(const Operand& x, const Shape& shape, const Operand& dy,
                              const ConvolutionOptions& options = {});

/// Each channel with its own M filters: w of shape (R, S, C, M) -> (N, P, Q, C * M) or
/// (N, C * M, P, Q); output channel c * M + m.
Tensor depthwise_conv2d(const Operand& x, const Operand& w, const ConvolutionOptions& options = {});
/// activation(depthwise_conv2d(x, w) + bias), bias of shape (C * M,): in one pass where nothing is
/// recorded, with the same bits as the ops that it is made of, which a tape records and whose
/// gradients it has. Errors: as above, and ValueError for another shape of the bias. Source:
/// tf.nn.depthwise_conv2d, tf.nn.bias_add and tf.nn.relu.
Tensor depthwise_conv2d_with_bias(const Operand& x, const Operand& w, const Operand& bias,
                                  const ConvolutionOptions& options = {},
                                  FusedActivation activation = FusedActivation::none);
/// The gradient of <dy, depthwise_conv2d(x, w)> with respect to x, which had `shape`.
Tensor depthwise_conv2d_input_gradient(const Shape& shape, const Operand& w, const Operand& dy,
                                       const ConvolutionOptions& options = {});
/// The gradient of <dy, depthwise_conv2d(x, w)> with respect to w, which had `shape`.
Tensor depthwise_conv2d_filter_gradient(const Operand& x, const Shape& shape, const Operand& dy,
                                        const ConvolutionOptions& options = {});

/// x + bias along the channel axis, which is the last one or axis 1; bias of shape (C,), x of rank
/// 2 or more. Gradients: dy, and dy summed over all other axes.
Tensor bias_add(const Operand& x, const Operand& bias,
                const DataFormat& data_format = DataFormat::channels_last);

}  // namespace reel
