// Contract 1.9 and 1.10: compute_output_shape, compute_output_signature and convolution_op.
#include <reel/layers/pooling2d.h>

#include "separable.h"

using namespace reel;
using namespace reel::test;

// Proves: 1.9 unknown sizes
TEST_CASE("1.9 unknown sizes stay unknown, the channels do not matter, and nothing is built") {
  const SeparableConv2D layer({.filters = 3, .kernel_size = 3, .strides = 2}),
      first({.filters = 3, .kernel_size = 3, .data_format = "channels_first"});
  const Index unknown = Shape::unknown;
  CHECK(layer.compute_output_shape({unknown, 7, unknown, 2}) == Shape{unknown, 3, unknown, 3});
  CHECK(layer.compute_output_shape({unknown, unknown, unknown, unknown}) ==
        Shape{unknown, unknown, unknown, 3});
  CHECK(first.compute_output_shape({2, unknown, 7, unknown}) == Shape{2, 3, 5, unknown});
  CHECK_FALSE(layer.built());
}

// Proves: 1.9 leading axes
TEST_CASE("1.9 any number of leading axes is copied") {
  const SeparableConv2D layer({.filters = 3, .kernel_size = 3}),
      first({.filters = 3, .kernel_size = 3, .data_format = "channels_first"});
  CHECK(layer.compute_output_shape({7, 9, 4}) == Shape{5, 7, 3});
  CHECK(layer.compute_output_shape({2, Shape::unknown, 7, 9, 4}) ==
        Shape{2, Shape::unknown, 5, 7, 3});
  CHECK(first.compute_output_shape({6, 2, 4, 7, 9}) == Shape{6, 2, 3, 5, 7});
  CHECK_THROWS_WITH_AS(layer.compute_output_shape({7, 9}),
                       "separable_conv2d: input must have rank 4; got (7, 9)", ValueError);
}

// Proves: 1.9 sizes; 8.7
TEST_CASE("1.9 an output size of 0 or less is refused") {
  const SeparableConv2D layer({.filters = 3, .kernel_size = 5, .dilation_rate = 2, .name = "conv"}),
      strided({.filters = 3, .kernel_size = 4, .strides = 2, .name = "strided"});
  CHECK(layer.compute_output_shape({1, 9, 9, 2}) == Shape{1, 1, 1, 3});
  CHECK_THROWS_WITH_AS(layer.compute_output_shape({1, 8, 9, 2}),
                       "conv: input must leave at least one output position; got (1, 8, 9, 2) and "
                       "a window of (5, 5) with dilation_rate (2, 2), which leaves (0, 1); enlarge "
                       "the input or use padding 'same'",
                       ValueError);
  CHECK_THROWS_WITH_AS(layer.compute_output_shape({1, 9, 7, 2}),
                       "conv: input must leave at least one output position; got (1, 9, 7, 2) and "
                       "a window of (5, 5) with dilation_rate (2, 2), which leaves (1, 0); enlarge "
                       "the input or use padding 'same'",
                       ValueError);
  CHECK_THROWS_WITH_AS(strided.compute_output_shape({1, 1, 9, 2}),
                       "strided: input must leave at least one output position; got (1, 1, 9, 2) "
                       "and a window of (4, 4), which leaves (0, 3); enlarge the input or use "
                       "padding 'same'",
                       ValueError);
}

// Proves: 1.9 sizes
TEST_CASE("1.9 an input too short by less than the stride is refused as well") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3, .kernel_size = 3, .strides = 2});
  MaxPooling2D pool({.pool_size = 3, .strides = 2});
  const Tensor x = images({2, 1, 5, 2});
  CHECK_THROWS_AS(layer.compute_output_shape(x.shape()), ValueError);
  CHECK_THROWS_AS(layer(x), ValueError);
  CHECK_THROWS_AS(pool.compute_output_shape(x.shape()), ValueError);
  CHECK_THROWS_AS(pool(x), ValueError);
}

// Proves: 1.9 compute_output_signature
TEST_CASE("1.9 the output's signature has the layer's dtype, else the input's") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3, .kernel_size = 3});
  const TensorSpec images64{{Shape::unknown, 7, 9, 4}, float64};
  const Shape output{Shape::unknown, 5, 7, 3};
  CHECK(layer.compute_output_signature(images64) == TensorSpec{output, float64});
  CHECK_FALSE(layer.built());
  layer.build({1, 7, 9, 4});  // float32, as no input says otherwise
  CHECK(layer.compute_output_signature(images64) == TensorSpec{output, float32});
}

// Proves: 1.10 what it computes; 1.10 the identity
TEST_CASE("1.10 convolution_op with the folded kernel equals the call") {
  for (const char* format : {"channels_last", "channels_first"}) {
    const VariableStore store;
    SeparableConv2D layer({.filters = 3,
                           .kernel_size = {3, 2},
                           .padding = "same",
                           .data_format = format,
                           .dilation_rate = {2, 1},
                           .depth_multiplier = 2,
                           .depthwise_initializer = pattern(5, -2),
                           .pointwise_initializer = pattern(3, -1)});
    const bool last = std::string(format) == "channels_last";
    const Tensor x = images(last ? Shape{5, 7, 9, 4} : Shape{5, 4, 7, 9});
    const Tensor y = layer(x);
    // E[a, b, c, k] = sum_m D[a, b, c, m] P[0, 0, c M + m, k]
    const Tensor d = reshape(layer.depthwise_kernel(), {3, 2, 4, 2, 1});
    const Tensor p = reshape(layer.pointwise_kernel(), {1, 1, 4, 2, 3});
    CHECK(layer.convolution_op(x, sum(d * p, 3)).to_vector() == y.to_vector());
  }
}

// Proves: 1.10 no build
TEST_CASE("1.10 convolution_op needs no build and applies neither bias nor activation") {
  const SeparableConv2D layer({.filters = 7,
                               .kernel_size = 3,
                               .strides = {1, 2},
                               .activation = [](const Tensor& y) { return y * 0.0; },
                               .bias_initializer = "ones"});
  const Tensor x = reshape(Tensor({1, 10, 100, 1000}), {1, 1, 4, 1});
  const Tensor y = layer.convolution_op(x, ones({1, 2, 1, 1}));
  CHECK(y.to_vector() == std::vector<double>{11, 1100});
  CHECK_FALSE(layer.built());
}

// Proves: 8.17
TEST_CASE("1.10 the call does not go through convolution_op") {
  struct Hidden : SeparableConv2D {
    using SeparableConv2D::SeparableConv2D;
    Tensor convolution_op(const Tensor&, const Operand&) const { throw RuntimeError("called"); }
  };
  const VariableStore store;
  Hidden layer({.filters = 2, .kernel_size = 3});
  CHECK(layer(images()).shape() == Shape{5, 5, 7, 2});
}
