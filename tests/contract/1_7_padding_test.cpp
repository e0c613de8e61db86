// Contract 1.7 and 1.8: output sizes, padding, strides and dilation.
#include <reel/core/kernels/convolution/window.h>

#include "separable.h"

using namespace reel;
using namespace reel::test;
using kernels::WindowAxis;

namespace {

// A column of numbers through a column of ones.
std::vector<double> sums(const SeparableConv2DOptions& given, const std::vector<double>& column) {
  const VariableStore store;
  SeparableConv2DOptions options = given;
  options.filters = 1;
  options.depthwise_initializer = options.pointwise_initializer = "ones";
  SeparableConv2D layer(options);
  return layer(Tensor(column, {1, static_cast<Index>(column.size()), 1, 1})).to_vector();
}

// 1, 10, 100, ...: a sum shows which of them are in it.
std::vector<double> powers(int count) {
  std::vector<double> column(1, 1.0);
  while (static_cast<int>(column.size()) < count) column.push_back(10 * column.back());
  return column;
}

SeparableConv2DOptions patterned() {
  return {.filters = 2,
          .kernel_size = {3, 2},
          .depth_multiplier = 2,
          .depthwise_initializer = pattern(5, -2),
          .pointwise_initializer = pattern(3, -1),
          .bias_initializer = pattern(9, -4)};
}

// Every row'th row and column'th column.
Tensor thinned(const Tensor& y, Index row, Index column) {
  const Shape& s = y.shape();
  return strided_slice(y, {0, 0, 0, 0}, {s[0], s[1], s[2], s[3]}, {1, row, column, 1});
}

}  // namespace

// Proves: test_conv_output_length; 1.7 valid; 1.7 same; 1.7 worked checks
TEST_CASE("1.7 output sizes and padding of valid and same windows") {
  struct Row {
    Index input, kernel, stride, dilation;
    bool same;
    Index output, before;
  };
  for (const Row& row : std::vector<Row>{
           {7, 3, 1, 1, false, 5, 0},
           {7, 3, 1, 1, true, 7, 1},
           {7, 3, 2, 1, true, 4, 1},
           {6, 3, 2, 1, true, 3, 0},
           {9, 3, 1, 2, false, 5, 0},
           {9, 2, 1, 1, true, 9, 0},
           {5, 3, 1, 4, true, 5, 4},
           {2, 3, 1, 1, false, 0, 0},
           {2, 4, 1, 1, false, -1, 0},
           {2, 4, 5, 1, false, 0, 0},
           {2, 8, 5, 1, false, -1, 0},
           {0, 3, 1, 1, true, 0, 1},
           {2, 5, 1, 1, true, 2, 2},
           // the reference's test_conv_output_length
           {4, 2, 1, 1, true, 4, 0},
           {4, 2, 2, 1, true, 2, 0},
           {4, 2, 1, 1, false, 3, 0},
           {4, 2, 2, 1, false, 2, 0},
           {5, 2, 2, 2, false, 2, 0},
       }) {
    CAPTURE(row.input);
    CAPTURE(row.kernel);
    const auto axis = WindowAxis::make(row.input, row.kernel, row.stride, row.dilation, row.same);
    CHECK(axis.output == row.output);
    CHECK(axis.before == row.before);
  }
}

// Proves: 1.7 same; 8.4
TEST_CASE("1.7 same padding puts the extra pixel at the end") {
  CHECK(sums({.kernel_size = {2, 1}, .padding = "same"}, powers(4)) ==
        std::vector<double>{11, 110, 1100, 1000});
  CHECK(sums({.kernel_size = {3, 1}, .strides = 2, .padding = "same"}, powers(6)) ==
        std::vector<double>{111, 11100, 110000});
  CHECK(sums({.kernel_size = {3, 1}, .strides = 2, .padding = "same"}, powers(7)) ==
        std::vector<double>{11, 1110, 111000, 1100000});
}

// Proves: 1.7 same with dilation
TEST_CASE("1.7 with dilation same padding depends on the kernel only") {
  const SeparableConv2DOptions options{
      .kernel_size = {3, 1}, .padding = "same", .dilation_rate = {2, 1}};
  CHECK(sums(options, powers(3)) == std::vector<double>{101, 10, 101});
  CHECK(sums(options, powers(5)) == std::vector<double>{101, 1010, 10101, 1010, 10100});
}

// Proves: SeparableConv2DTest.testSeparableConv2DPaddingSame
TEST_CASE("1.7 a kernel of the whole image keeps its size with same padding") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 64, .kernel_size = {7, 9}, .padding = "same"});
  CHECK(layer(images()).shape() == Shape{5, 7, 9, 64});
}

// Proves: 0 too-small input; 1.7 length 0
TEST_CASE("1.7 an input shorter than the kernel by one gives an empty tensor by the op only") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3, .kernel_size = 3, .name = "conv"});
  const Tensor x = images({2, 2, 5, 1});
  CHECK(separable_conv2d(x, ones({3, 3, 1, 1}), ones({1, 1, 1, 3}), Tensor()).shape() ==
        Shape{2, 0, 3, 3});
  CHECK_THROWS_WITH_AS(layer(x),
                       "conv: input must leave at least one output position; got (2, 2, 5, 1) and "
                       "a window of (3, 3), which leaves (0, 3); enlarge the input or use padding "
                       "'same'",
                       ValueError);
}

// Proves: 0 too-small input; 1.7 negative length
TEST_CASE("1.7 an input that is shorter still is an error with both sizes") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3, .kernel_size = {4, 3}, .dilation_rate = 2, .name = "conv"});
  CHECK_THROWS_WITH_AS(layer(images({2, 5, 5, 1})),
                       "conv: input must leave at least one output position; got (2, 5, 5, 1) and "
                       "a window of (4, 3) with dilation_rate (2, 2), which leaves (0, 1); enlarge "
                       "the input or use padding 'same'",
                       ValueError);
}

// Proves: 0 unequal strides; 1.7 unequal strides; 8.6
TEST_CASE("1.7 strides, equal or not, thin out the result of stride 1") {
  const VariableStore store;
  SeparableConv2D full(patterned());
  const Tensor want = full(images());
  for (const Pair& strides : {Pair(2), Pair(2, 1), Pair(1, 3)}) {
    CAPTURE(strides.columns);
    SeparableConv2DOptions options = patterned();
    options.strides = strides;
    SeparableConv2D layer(options);
    CHECK(layer(images()).to_vector() == thinned(want, strides.rows, strides.columns).to_vector());
  }
}

// Proves: 0 channels_first; 1.7 output shape; 1.7 channels_first
TEST_CASE(
    "1.7 channels_first is the transpose of channels_last, same padding and strides included") {
  const VariableStore store;
  for (const Pair& strides : {Pair(1), Pair(2, 1)}) {
    SeparableConv2DOptions options = patterned();
    options.strides = strides;
    options.padding = "same";
    SeparableConv2D last(options);
    options.data_format = "channels_first";
    SeparableConv2D first(options);
    const Tensor y = first(transpose(images(), {0, 3, 1, 2}));
    CHECK(transpose(y, {0, 2, 3, 1}).to_vector() == last(images()).to_vector());
    CHECK(first.compute_output_shape({5, 4, 7, 9}) == y.shape());
  }
}

// Proves: 0 dtype; 1.7 dtypes
TEST_CASE("1.7 dtypes are not mixed") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 2, .kernel_size = 3, .name = "conv"});
  layer(images());
  CHECK_THROWS_WITH_AS(layer(images({5, 7, 9, 4}, float64)),
                       "conv: separable_conv2d: dtypes must be equal; got float64 and float32; "
                       "use cast",
                       TypeError);
  SeparableConv2D wide({.filters = 2, .kernel_size = 3, .name = "wide", .dtype = float64});
  CHECK_THROWS_WITH_AS(wide(images()),
                       "wide: separable_conv2d: dtypes must be equal; got float32 and float64; "
                       "use cast",
                       TypeError);
  CHECK_THROWS_WITH_AS(layer.convolution_op(images(), ones({1, 1, 4, 1}, float64)),
                       "conv2d: dtypes must be equal; got float32 and float64; use cast",
                       TypeError);
}

// Proves: 0 stride with dilation; 1.8; 8.5
TEST_CASE("1.8 the layer refuses strides together with dilation and says the rule") {
  check_refused<ValueError>(
      {.filters = 2, .kernel_size = 3, .strides = 2, .dilation_rate = {1, 2}},
      "separable_conv2d: strides or dilation_rate must be 1, since strides > 1 are not defined "
      "together with dilation_rate > 1; got strides (2, 2) and dilation_rate (1, 2)");
}

// Proves: 0 stride with dilation; 1.8
TEST_CASE("1.8 the op under the layer computes the plain strided dilated correlation") {
  const Tensor x = images(), d = pattern(5, -2)({3, 2, 4, 2}, float32),
               p = pattern(3, -1)({1, 1, 8, 2}, float32);
  const Tensor full = separable_conv2d(x, d, p, Tensor(), {.dilations = {2, 3}});
  const Tensor strided =
      separable_conv2d(x, d, p, Tensor(), {.strides = {2, 3}, .dilations = {2, 3}});
  CHECK(strided.to_vector() == thinned(full, 2, 3).to_vector());
  CHECK(strided.shape() == Shape{5, 2, 2, 2});
}
