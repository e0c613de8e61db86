// Checks that a kernel fits an input, and the window that follows: for all convolutions alike.
//
// All that a caller can get wrong about a window is found here, before anything is computed: what
// comes out is a Window of extents that are right. Read before: window.h, convolution.h. Read next:
// separable_convolution.cpp.
#pragma once

#include <reel/core/error.h>
#include <reel/core/kernels/convolution/window.h>
#include <reel/core/ops/convolution.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/runtime/checked_index.h>

namespace reel::detail {

inline void check_pair(const char* op, const char* name, const Pair& pair) {
  if (pair.rows < 1 || pair.columns < 1)
    throw ValueError("{}: {} must be >= 1; got ({}, {})", op, name, pair.rows, pair.columns);
}

/// The window of a kernel of shape w, (R, S, C, anything), over inputs of shape x. ValueError that
/// starts with `op` for ranks other than 4, extents, strides or dilations below 1, channels that
/// differ (unless there may be groups, check_groups.h), unknown names of padding or data format,
/// and an output size below 0.
inline kernels::Window checked_window(const char* op, const Shape& x, const Shape& w,
                                      const ConvolutionOptions& options, bool in_groups = false) {
  if (x.rank() != 4) throw ValueError("{}: the input must have rank 4; got {}", op, x);
  if (w.rank() != 4) throw ValueError("{}: the kernel must have rank 4; got {}", op, w);
  if (w[0] < 1 || w[1] < 1)
    throw ValueError("{}: the kernel's rows and columns must be >= 1; got {}", op, w);
  check_pair(op, "strides", options.strides);
  check_pair(op, "dilations", options.dilations);
  const bool same = options.padding.kind(op) == Padding::same;
  const bool channels_first = options.data_format.kind(op) == DataFormat::channels_first;
  if (!in_groups && x[channels_first ? 1 : 3] != w[2])
    throw ValueError("{}: input channels must be {} (axis {}); got {}", op, w[2],
                     channels_first ? -3 : -1, x);

  const auto axis = [&](Index input, Index kernel, Index stride, Index dilation) {
    checked_sum(op, checked_product(op, kernel - 1, dilation), 1);  // how far it reaches
    return kernels::WindowAxis::make(input, kernel, stride, dilation, same);
  };
  const int first = channels_first ? 2 : 1;
  const kernels::Window window{
      x[0], axis(x[first], w[0], options.strides.rows, options.dilations.rows),
      axis(x[first + 1], w[1], options.strides.columns, options.dilations.columns), channels_first};
  if (window.rows.output < 0 || window.columns.output < 0)
    throw ValueError(
        "{}: the output's size must be >= 0; got an input of {} x {} and, with its dilation, a "
        "kernel of {} x {}; enlarge the input or use 'same' padding",
        op, window.rows.input, window.columns.input, window.rows.reach(), window.columns.reach());
  return window;
}

/// The shape of the window's result.
inline Shape output_shape(const kernels::Window& window, Index channels) {
  const Index n = window.batch, p = window.rows.output, q = window.columns.output;
  return window.channels_first ? Shape{n, channels, p, q} : Shape{n, p, q, channels};
}

/// ValueError that starts with `op` unless `tensor` has this shape.
inline void check_shape(const char* op, const char* argument, const Tensor& tensor,
                        const Shape& shape) {
  if (tensor.shape() != shape)
    throw ValueError("{}: {} must have shape {}; got {}", op, argument, shape, tensor.shape());
}

inline Config config_of(const ConvolutionOptions& options) {
  return named("strides", options.strides, "padding", options.padding.name(), "data_format",
               options.data_format.name(), "dilations", options.dilations);
}

/// Of a gradient, which has this shape.
inline Config config_of(const ConvolutionOptions& options, const Shape& shape) {
  return named(config_of(options), "shape", shape);
}

}  // namespace reel::detail
