#include <reel/core/ops/check_window.h>

#include <reel/core/error.h>

namespace reel::detail {
namespace {

using kernels::Window;
using kernels::WindowAxis;

Shape image_shape(const Window& window, Index rows, Index columns, Index channels) {
  return window.channels_first ? Shape{window.batch, channels, rows, columns}
                               : Shape{window.batch, rows, columns, channels};
}

void check_pair(const char* op, const char* name, const Pair& pair) {
  if (pair.rows < 1 || pair.columns < 1)
    throw ValueError("{}: {} must be >= 1; got ({}, {})", op, name, pair.rows, pair.columns);
}

}  // namespace

Window window_of(const char* op, const Shape& x, const Shape& w,
                 const ConvolutionOptions& options) {
  if (x.rank() != 4) throw ValueError("{}: the input must have rank 4; got {}", op, x);
  if (w.rank() != 4) throw ValueError("{}: the kernel must have rank 4; got {}", op, w);
  if (w[0] < 1 || w[1] < 1)
    throw ValueError("{}: the kernel's rows and columns must be >= 1; got {}", op, w);
  check_pair(op, "strides", options.strides);
  check_pair(op, "dilations", options.dilations);
  const bool same = options.padding.kind(op) == Padding::same;
  const bool channels_first = options.data_format.kind(op) == DataFormat::channels_first;
  if (x[channels_first ? 1 : 3] != w[2])
    throw ValueError("{}: input channels must be {} (axis {}); got {}", op, w[2],
                     channels_first ? -3 : -1, x);

  const int first = channels_first ? 2 : 1;
  Window window;
  window.batch = x[0];
  window.channels_first = channels_first;
  window.rows =
      WindowAxis::make(x[first], w[0], options.strides.rows, options.dilations.rows, same);
  window.columns = WindowAxis::make(x[first + 1], w[1], options.strides.columns,
                                    options.dilations.columns, same);
  if (window.rows.output < 0 || window.columns.output < 0)
    throw ValueError(
        "{}: the output's size must be >= 0; got an input of {} x {} and, with its dilation, a "
        "kernel of {} x {}; enlarge the input or use 'same' padding",
        op, window.rows.input, window.columns.input, window.rows.reach(), window.columns.reach());
  return window;
}

Shape input_shape(const Window& window, Index channels) {
  return image_shape(window, window.rows.input, window.columns.input, channels);
}

Shape output_shape(const Window& window, Index channels) {
  return image_shape(window, window.rows.output, window.columns.output, channels);
}

void check_shape(const char* op, const char* argument, const Tensor& tensor, const Shape& shape) {
  if (tensor.shape() != shape)
    throw ValueError("{}: {} must have shape {}; got {}", op, argument, shape, tensor.shape());
}

}  // namespace reel::detail
