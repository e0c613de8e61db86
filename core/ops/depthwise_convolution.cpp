// Depthwise convolution. The three ops here are the three derivatives of one trilinear form.
//
// As in the dense convolution each records rules that are the other two ops, and where dy is empty
// gradients are zeros. Naive and fast kernels take the same arguments here.
// Read before: naive_depthwise.cpp, check_window.h. Read next: depthwise.h.
#include <reel/core/kernels/convolution/depthwise.h>
#include <reel/core/kernels/naive/naive_depthwise.h>
#include <reel/core/ops/check_window.h>
#include <reel/core/ops/convolution.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/factories.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/record.h>
#include <reel/core/runtime/kernel_choice.h>

namespace reel {

using kernels::Window;

namespace {

// activation(x filtered + bias), the bias undefined or (C * M,): nothing is recorded.
Tensor filtered(const Tensor& x, const Tensor& w, const Tensor& bias, bool relu,
                const Window& window) {
  const Index channels = w.dim(2), multiplier = w.dim(3);
  Tensor y = Tensor::empty(detail::output_shape(window, channels * multiplier), x.dtype());
  if (y.size() == 0) return y;
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    if (detail::naive_kernels())
      return kernels::naive::depthwise(window, channels, multiplier, x.data<T>(), w.data<T>(),
                                       writable<T>(y));
    kernels::depthwise<T>(window, channels, multiplier, x.data<T>(), w.data<T>(),
                          {bias.defined() ? bias.data<T>() : nullptr, relu}, writable<T>(y));
  });
  return y;
}

}  // namespace

Tensor depthwise_conv2d(const Operand& x_in, const Operand& w_in,
                        const ConvolutionOptions& options) {
  const char* const op = "depthwise_conv2d";
  const Tensor x = x_in.like(w_in, op), w = w_in.like(x_in, op);
  const Tensor y =
      filtered(x, w, {}, false, detail::checked_window(op, x.shape(), w.shape(), options));
  if (!recording()) return y;
  return record(op, y,
                wrt(x,
                    [w, shape = x.shape(), options](const Tensor& dy) {
                      return depthwise_conv2d_input_gradient(shape, w, dy, options);
                    }),
                wrt(w,
                    [x, shape = w.shape(), options](const Tensor& dy) {
                      return depthwise_conv2d_filter_gradient(x, shape, dy, options);
                    }),
                attributes([&] { return detail::config_of(options); }));
}

Tensor depthwise_conv2d_with_bias(const Operand& x_in, const Operand& w_in, const Operand& bias_in,
                                  const ConvolutionOptions& options, FusedActivation activation) {
  const char* const op = "depthwise_conv2d_with_bias";
  const Tensor x = x_in.like(w_in, op), w = w_in.like(x_in, op), b = bias_in.like(x_in, op);
  const Window window = detail::checked_window(op, x.shape(), w.shape(), options);
  detail::check_shape(op, "bias", b, {w.dim(2) * w.dim(3)});
  const bool relu = activation == FusedActivation::relu;
  if (!recording() && !detail::naive_kernels()) return filtered(x, w, b, relu, window);
  const Tensor y = bias_add(depthwise_conv2d(x, w, options), b, options.data_format);
  return relu ? reel::relu(y) : y;
}

Tensor depthwise_conv2d_input_gradient(const Shape& shape, const Operand& w_in,
                                       const Operand& dy_in, const ConvolutionOptions& options) {
  const char* const op = "depthwise_conv2d_input_gradient";
  const Tensor w = w_in.like(dy_in, op), dy = dy_in.like(w_in, op);
  const Window window = detail::checked_window(op, shape, w.shape(), options);
  const Index channels = w.dim(2), multiplier = w.dim(3);
  detail::check_shape(op, "dy", dy, detail::output_shape(window, channels * multiplier));
  Tensor dx = dy.size() > 0 ? Tensor::empty(shape, dy.dtype()) : zeros(shape, dy.dtype());
  if (dx.size() > 0 && dy.size() > 0) {
    dispatch(dy.dtype(), [&](auto zero) {
      using T = decltype(zero);
      detail::kernel_in_use(kernels::depthwise_input_gradient<T>,
                            kernels::naive::depthwise_input_gradient<T>)(
          window, channels, multiplier, w.data<T>(), dy.data<T>(), writable<T>(dx));
    });
  }
  if (!recording()) return dx;
  return record(
      op, dx,
      wrt(w,
          [dy, shape = w.shape(), options](const Tensor& ddx) {
            return depthwise_conv2d_filter_gradient(ddx, shape, dy, options);
          }),
      wrt(dy, [w, options](const Tensor& ddx) { return depthwise_conv2d(ddx, w, options); }),
      attributes([&] { return detail::config_of(options, shape); }));
}

Tensor depthwise_conv2d_filter_gradient(const Operand& x_in, const Shape& shape,
                                        const Operand& dy_in, const ConvolutionOptions& options) {
  const char* const op = "depthwise_conv2d_filter_gradient";
  const Tensor x = x_in.like(dy_in, op), dy = dy_in.like(x_in, op);
  const Window window = detail::checked_window(op, x.shape(), shape, options);
  const Index channels = shape[2], multiplier = shape[3];
  detail::check_shape(op, "dy", dy, detail::output_shape(window, channels * multiplier));
  Tensor dw = dy.size() > 0 ? Tensor::empty(shape, x.dtype()) : zeros(shape, x.dtype());
  if (dw.size() > 0 && dy.size() > 0) {
    dispatch(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      detail::kernel_in_use(kernels::depthwise_filter_gradient<T>,
                            kernels::naive::depthwise_filter_gradient<T>)(
          window, channels, multiplier, x.data<T>(), dy.data<T>(), writable<T>(dw));
    });
  }
  if (!recording()) return dw;
  return record(
      op, dw,
      wrt(x,
          [dy, shape = x.shape(), options](const Tensor& ddw) {
            return depthwise_conv2d_input_gradient(shape, ddw, dy, options);
          }),
      wrt(dy, [x, options](const Tensor& ddw) { return depthwise_conv2d(x, ddw, options); }),
      attributes([&] { return detail::config_of(options, shape); }));
}

}  // namespace reel
