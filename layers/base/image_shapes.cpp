#include <reel/layers/base/image_shapes.h>

#include <algorithm>

#include <reel/core/kernels/convolution/window.h>

namespace reel::detail {

void check_positive(const std::string& path, const char* argument, Index value) {
  if (value < 1) throw ValueError("{}: {} must be >= 1; got {}", path, argument, value);
}

void check_pair(const std::string& path, const char* argument, const Pair& pair, int least) {
  if (pair.rows < least || pair.columns < least)
    throw ValueError("{}: {} must be two numbers >= {}; got {}", path, argument, least,
                     text_of(pair));
}

void check_rank(const Shape& input, int rank) {
  if (input.rank() != rank)
    throw ValueError("the input must have rank {}; got shape {}", rank, input);
}

std::string text_of(const Pair& pair) { return fmt::format("({}, {})", pair.rows, pair.columns); }

int rows_axis(const DataFormat& data_format) {
  return data_format.kind("data_format") == DataFormat::channels_first ? -2 : -3;
}

// In the order in which the reference looks; padding 'causal' is one that it knows.
void ConvolutionWindow::check_each(const std::string& path) const {
  check_pair(path, "kernel_size", kernel_size, 1);
  check_pair(path, "strides", options.strides, 0);
  if (options.padding.name() != "causal") options.padding.kind(path.c_str());
  options.data_format.kind(path.c_str());
  check_pair(path, "dilation_rate", options.dilations, 1);
}

void ConvolutionWindow::check_together(const std::string& path) const {
  if (options.strides.rows == 0 || options.strides.columns == 0)
    throw ValueError("{}: strides must not contain 0; got {}", path, text_of(options.strides));
  if (options.padding.name() == "causal")
    throw ValueError(
        "{}: padding 'causal' is for one-dimensional convolutions only; "
        "it must be 'valid' or 'same' here",
        path);
  if (options.strides != 1 && options.dilations != 1)
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

InputSpec ConvolutionWindow::input_spec(Index channels) const {
  return {.rank = 4, .axes = {{.axis = channel_axis(), .size = channels, .what = "channels"}}};
}

// The ops give an empty image; in a net that would train the biases behind it and say nothing.
Shape ConvolutionWindow::slide(const Shape& input) const {
  if (input.rank() < 3) throw ValueError("input must have rank 4; got {}", input);
  const bool same = options.padding.kind("padding") == Padding::same;
  const Shape output =
      with_rows_and_columns(input, options.data_format, [&](Index n, int Pair::*side) {
        const auto axis = kernels::WindowAxis::make(n, kernel_size.*side, options.strides.*side,
                                                    options.dilations.*side, same);
        return std::max<Index>(axis.output, 0);
      });
  const int rows = rows_axis(options.data_format);
  const Shape positions{output[rows], output[rows + 1]};
  if (positions[0] == 0 || positions[1] == 0)
    throw ValueError(
        "input must leave at least one output position; got {} and a window of {}{}, which leaves "
        "{}; enlarge the input{}",
        input, text_of(kernel_size),
        options.dilations == 1 ? "" : " with dilation_rate " + text_of(options.dilations),
        positions, same ? "" : " or use padding 'same'");
  return output;
}

Shape ConvolutionWindow::output_shape(const Shape& input, Index filters) const {
  Shape output = slide(input);
  output[channel_axis()] = filters;
  return output;
}

}  // namespace reel::detail
