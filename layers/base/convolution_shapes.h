// What the three convolution layers share: their window, its checks and the shapes that follow.
//
// Free functions on a small struct instead of a common base class: the layers differ in their
// weights and agree only here. The checks come in the order of the arguments in the reference.
// Read before: convolution.h. Read next: separable_conv2d.h, conv2d.h.
#pragma once

#include <string>

#include <reel/core/ops/convolution.h>
#include <reel/layers/base/image_shapes.h>
#include <reel/layers/base/layer.h>

namespace reel::detail {

struct ConvolutionWindow {
  Pair kernel_size = 1;
  ConvolutionOptions options;  // strides, padding, data format, dilations

  bool channels_first() const;
  int channel_axis() const { return channels_first() ? -3 : -1; }

  /// ValueError "path: argument ...; got ...".
  void check(const std::string& path) const;

  /// The number of channels. ValueError when the rank is not 4 or the number is unknown.
  Index channels_of(const Shape& input) const;

  /// What inputs must be before the build, and after it for `channels` channels.
  InputSpec input_spec() const;
  InputSpec input_spec(Index channels) const;

  /// The output's shape for `filters` channels; unknown extents stay unknown.
  /// ValueError when an extent would be below 0.
  Shape output_shape(const Shape& input, Index filters) const;

  /// ValueError when the output would have no position.
  void check_output(const Shape& input) const;
};

/// The window of a layer's options.
template <class Options>
ConvolutionWindow convolution_window(const Options& options) {
  return {options.kernel_size,
          {.strides = options.strides,
           .padding = options.padding,
           .data_format = options.data_format,
           .dilations = options.dilation_rate}};
}

/// ValueError when `value` is below 1.
void check_positive(const std::string& path, const char* argument, Index value);

}  // namespace reel::detail
