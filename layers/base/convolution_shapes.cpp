#include <reel/layers/base/convolution_shapes.h>

#include <reel/core/kernels/convolution/window.h>

namespace reel::detail {
namespace {

bool differs_from_one(const Pair& pair) { return pair.rows != 1 || pair.columns != 1; }

}  // namespace

void check_positive(const std::string& path, const char* argument, Index value) {
  if (value < 1) throw ValueError("{}: {} must be >= 1; got {}", path, argument, value);
}

bool ConvolutionWindow::channels_first() const {
  return options.data_format.kind("data_format") == DataFormat::channels_first;
}

// In the order in which the reference looks: each argument alone, then what does not go together.
void ConvolutionWindow::check(const std::string& path) const {
  const bool causal = options.padding.name() == "causal";
  check_pair(path, "kernel_size", kernel_size, 1);
  check_pair(path, "strides", options.strides, 0);
  if (!causal) options.padding.kind(path.c_str());
  options.data_format.kind(path.c_str());
  check_pair(path, "dilation_rate", options.dilations, 1);
  if (options.strides.rows == 0 || options.strides.columns == 0)
    throw ValueError("{}: strides must not contain 0; got {}", path, text_of(options.strides));
  if (causal)
    throw ValueError(
        "{}: padding 'causal' is for one-dimensional convolutions only; "
        "it must be 'valid' or 'same' here",
        path);
  if (differs_from_one(options.strides) && differs_from_one(options.dilations))
    throw ValueError(
        "{}: strides or dilation_rate must be 1, since strides > 1 are not defined together with "
        "dilation_rate > 1; got strides {} and dilation_rate {}",
        path, text_of(options.strides), text_of(options.dilations));
}

Index ConvolutionWindow::channels_of(const Shape& input) const {
  if (input.rank() != 4) throw ValueError("input must have rank 4; got {}", input);
  const Index channels = input[channel_axis()];
  if (channels == Shape::unknown)
    throw ValueError("input channels must be known to build (axis {}); got {}", channel_axis(),
                     input);
  check_positive("input", "channels", channels);
  return channels;
}

InputSpec ConvolutionWindow::input_spec() const { return {.rank = 4}; }

InputSpec ConvolutionWindow::input_spec(Index channels) const {
  return {.rank = 4, .axes = {{.axis = channel_axis(), .size = channels, .what = "channels"}}};
}

// Rows and columns count from the end, since an image without a batch axis is asked about, too.
Shape ConvolutionWindow::output_shape(const Shape& input, Index filters) const {
  if (input.rank() < 3) throw ValueError("input must have rank 4; got {}", input);
  const int rows = channels_first() ? -2 : -3;
  const bool same = options.padding.kind("padding") == Padding::same;
  Shape output = input;
  output[channel_axis()] = filters;
  const auto set_extent = [&](int axis, int kernel, int stride, int dilation) {
    if (input[axis] == Shape::unknown) return;
    output[axis] = kernels::WindowAxis::make(input[axis], kernel, stride, dilation, same).output;
    if (output[axis] < 0)
      throw ValueError(
          "input must be at least as large as the kernel {} with dilation_rate {}; got {}; "
          "enlarge the input or use padding 'same'",
          text_of(kernel_size), text_of(options.dilations), input);
  };
  set_extent(rows, kernel_size.rows, options.strides.rows, options.dilations.rows);
  set_extent(rows + 1, kernel_size.columns, options.strides.columns, options.dilations.columns);
  return output;
}

void ConvolutionWindow::check_output(const Shape& input) const {
  const Shape output = output_shape(input, 1);
  const int rows = channels_first() ? -2 : -3;
  if (output[rows] == 0 || output[rows + 1] == 0)
    throw ValueError("input must leave at least one output position; got {}", input);
}

}  // namespace reel::detail
