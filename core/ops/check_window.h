// Checks that a kernel fits an input, and the window that follows: for all convolutions alike.
#pragma once

#include <reel/core/kernels/convolution/window.h>
#include <reel/core/ops/convolution.h>

namespace reel::detail {

/// The window of a kernel of shape w, (R, S, C, anything), over inputs of shape x. ValueError that
/// starts with `op` for ranks other than 4, extents, strides or dilations below 1, channels that
/// differ, unknown names of padding or data format, and an output size below 0.
kernels::Window window_of(const char* op, const Shape& x, const Shape& w,
                          const ConvolutionOptions& options);

/// The shapes on the window's two sides.
Shape input_shape(const kernels::Window& window, Index channels);
Shape output_shape(const kernels::Window& window, Index channels);

/// ValueError that starts with `op` unless `tensor` has this shape.
void check_shape(const char* op, const char* argument, const Tensor& tensor, const Shape& shape);

}  // namespace reel::detail
