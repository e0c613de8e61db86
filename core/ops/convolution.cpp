// Dense convolution. The three ops here are the three derivatives of one trilinear form.
//
// Each checks its window, computes by the kernels in use and records rules that are the other two
// ops. Where dy is empty there is nothing to add up, and gradients are zeros. The number of groups
// follows from the shapes of the image and the kernel, which all three know.
// Read before: naive_convolution.cpp, check_groups.h. Read next: dense_convolution.h,
// grouped_convolution.h, convolution_with_bias.cpp.
#include <reel/core/ops/convolution.h>

#include <reel/core/kernels/convolution/depthwise.h>
#include <reel/core/kernels/convolution/grouped_convolution.h>
#include <reel/core/kernels/naive/naive_convolution.h>
#include <reel/core/ops/check_groups.h>
#include <reel/core/ops/check_window.h>
#include <reel/core/ops/factories.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/record.h>
#include <reel/core/runtime/kernel_choice.h>

namespace reel {
using kernels::Window;

Tensor conv2d(const Operand& x_in, const Operand& w_in, const ConvolutionOptions& options) {
  const Tensor x = x_in.like(w_in, "conv2d"), w = w_in.like(x_in, "conv2d");
  const Window window = detail::checked_window("conv2d", x.shape(), w.shape(), options, true);
  const Index groups =
      detail::checked_groups("conv2d", x.shape(), w.shape(), window.channels_first);
  const Index depth = w.dim(2), channels = groups * depth, filters = w.dim(3);
  Tensor y = Tensor::empty(detail::output_shape(window, filters), x.dtype());
  if (y.size() > 0) {
    dispatch(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      if (detail::naive_kernels())
        return kernels::naive::convolution(window, channels, filters, x.data<T>(), w.data<T>(),
                                           writable<T>(y), groups);
      if (kernels::is_depthwise(groups, depth))
        return kernels::depthwise<T>(window, channels, filters / channels, x.data<T>(), w.data<T>(),
                                     {}, writable<T>(y));
      kernels::grouped_forward<T>(window, groups, depth, x.data<T>(), w.data<T>(), {},
                                  kernels::output_images(window, writable<T>(y), filters));
    });
  }
  if (!recording()) return y;
  return record(
      "conv2d", y,
      wrt(x, [w, shape = x.shape(),
              options](const Tensor& dy) { return conv2d_input_gradient(shape, w, dy, options); }),
      wrt(w, [x, shape = w.shape(),
              options](const Tensor& dy) { return conv2d_filter_gradient(x, shape, dy, options); }),
      attributes([&] { return detail::config_of(options); }));
}

Tensor conv2d_input_gradient(const Shape& shape, const Operand& w_in, const Operand& dy_in,
                             const ConvolutionOptions& options) {
  const char* const op = "conv2d_input_gradient";
  const Tensor w = w_in.like(dy_in, op), dy = dy_in.like(w_in, op);
  const Window window = detail::checked_window(op, shape, w.shape(), options, true);
  const Index groups = detail::checked_groups(op, shape, w.shape(), window.channels_first);
  const Index depth = w.dim(2), channels = groups * depth, filters = w.dim(3);
  detail::check_shape(op, "dy", dy, detail::output_shape(window, filters));
  Tensor dx = dy.size() > 0 ? Tensor::empty(shape, dy.dtype()) : zeros(shape, dy.dtype());
  if (dx.size() > 0 && dy.size() > 0) {
    dispatch(dy.dtype(), [&](auto zero) {
      using T = decltype(zero);
      if (detail::naive_kernels())
        return kernels::naive::convolution_input_gradient(window, channels, filters, w.data<T>(),
                                                          dy.data<T>(), writable<T>(dx), groups);
      if (kernels::is_depthwise(groups, depth))
        return kernels::depthwise_input_gradient(window, channels, filters / channels, w.data<T>(),
                                                 dy.data<T>(), writable<T>(dx));
      kernels::grouped_input_gradient<T>(window, groups, depth, w.data<T>(), nullptr,
                                         kernels::output_images(window, dy.data<T>(), filters),
                                         writable<T>(dx));
    });
  }
  if (!recording()) return dx;
  return record(
      op, dx,
      wrt(w, [dy, shape = w.shape(), options](
                 const Tensor& ddx) { return conv2d_filter_gradient(ddx, shape, dy, options); }),
      wrt(dy, [w, options](const Tensor& ddx) { return conv2d(ddx, w, options); }),
      attributes([&] { return detail::config_of(options, shape); }));
}

Tensor conv2d_filter_gradient(const Operand& x_in, const Shape& shape, const Operand& dy_in,
                              const ConvolutionOptions& options) {
  const char* const op = "conv2d_filter_gradient";
  const Tensor x = x_in.like(dy_in, op), dy = dy_in.like(x_in, op);
  const Window window = detail::checked_window(op, x.shape(), shape, options, true);
  const Index groups = detail::checked_groups(op, x.shape(), shape, window.channels_first);
  const Index depth = shape[2], channels = groups * depth, filters = shape[3];
  detail::check_shape(op, "dy", dy, detail::output_shape(window, filters));
  Tensor dw = dy.size() > 0 ? Tensor::empty(shape, x.dtype()) : zeros(shape, x.dtype());
  if (dw.size() > 0 && dy.size() > 0) {
    dispatch(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      if (detail::naive_kernels())
        return kernels::naive::convolution_filter_gradient(window, channels, filters, x.data<T>(),
                                                           dy.data<T>(), writable<T>(dw), groups);
      if (kernels::is_depthwise(groups, depth))
        return kernels::depthwise_filter_gradient(window, channels, filters / channels, x.data<T>(),
                                                  dy.data<T>(), writable<T>(dw));
      kernels::grouped_filter_gradient<T>(window, groups, depth, x.data<T>(), nullptr,
                                          kernels::output_images(window, dy.data<T>(), filters),
                                          writable<T>(dw), nullptr);
    });
  }
  if (!recording()) return dw;
  return record(
      op, dw,
      wrt(x, [dy, shape = x.shape(), options](
                 const Tensor& ddw) { return conv2d_input_gradient(shape, ddw, dy, options); }),
      wrt(dy, [x, options](const Tensor& ddw) { return conv2d(x, ddw, options); }),
      attributes([&] { return detail::config_of(options, shape); }));
}

}  // namespace reel
