// What the layers on images share: checks of windows, and what becomes of rows and columns.
//
// Free functions and a small struct instead of a common base class: the layers differ in their
// weights and agree only here. The checks come in the order of the arguments in the reference. Rows
// and columns count from the end, since an image without a batch axis is asked about, too.
// Read before: convolution.h, window.h. Read next: pooling2d.h, separable_conv2d.h, conv2d.h.
#pragma once

#include <string>

#include <reel/core/ops/convolution.h>
#include <reel/layers/base/layer_options.h>

namespace reel::detail {

/// ValueError when `value` is below 1.
void check_positive(const std::string& path, const char* argument, Index value);

/// ValueError when one of the two numbers is below `least`.
void check_pair(const std::string& path, const char* argument, const Pair& pair, int least);

/// ValueError when a shape that is asked about does not have this rank.
void check_rank(const Shape& input, int rank);

/// "(2, 3)"
std::string text_of(const Pair& pair);

/// The axis of the rows, from the end; the columns follow.
int rows_axis(const DataFormat& data_format);

/// `input` with f(n, side) for its n rows and its n columns, which are the `side` of a pair;
/// unknown ones stay so.
Shape with_rows_and_columns(const Shape& input, const DataFormat& data_format, auto f) {
  Shape output = input;
  int axis = rows_axis(data_format);
  for (int Pair::*side : {&Pair::rows, &Pair::columns}) {
    if (input[axis] != Shape::unknown) output[axis] = f(input[axis], side);
    ++axis;
  }
  return output;
}

/// The window of a convolution, or a pool.
struct ConvolutionWindow {
  Pair kernel_size = 1;
  ConvolutionOptions options;  // strides, padding, data format, dilations

  int channel_axis() const { return rows_axis(options.data_format) == -2 ? -3 : -1; }

  /// ValueError "path: argument ...; got ...".
  void check(const std::string& path) const {
    check_each(path);
    check_together(path);
  }
  /// Each argument alone, and what does not go together.
  void check_each(const std::string& path) const;
  void check_together(const std::string& path) const;

  /// The number of channels. ValueError when the rank is not 4 or the number is unknown.
  Index channels_of(const Shape& input) const;

  /// What inputs must be after a build for `channels` channels.
  InputSpec input_spec(Index channels) const;

  /// `input` with as many rows and columns as the window has positions; unknown ones stay so.
  /// ValueError when there are none.
  Shape slide(const Shape& input) const;

  /// The same with `filters` channels.
  Shape output_shape(const Shape& input, Index filters) const;
};

/// The window of a layer's options.
ConvolutionWindow convolution_window(const auto& options) {
  return {options.kernel_size,
          {.strides = options.strides,
           .padding = options.padding,
           .data_format = options.data_format,
           .dilations = options.dilation_rate}};
}

}  // namespace reel::detail
