#include <doctest/doctest.h>

#include <reel/layers/conv2d.h>
#include <reel/layers/depthwise_conv2d.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/scope/functional_form.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

Regularizer counts_as(double value) {
  return [value](const Tensor& x) { return value + 0.0 * sum(x); };
}

}  // namespace

// Proves: Conv2DTest.test_conv2d
TEST_CASE("7.2 Conv2DTest.test_conv2d: shapes") {
  const auto shape = [](Conv2DOptions options) {
    options.filters = 2;
    options.kernel_size = 3;
    return Conv2D(options).compute_output_shape({Shape::unknown, 7, 6, 3});
  };
  const Index n = Shape::unknown;
  CHECK(shape({.padding = "valid"}) == Shape{n, 5, 4, 2});
  CHECK(shape({.padding = "same"}) == Shape{n, 7, 6, 2});
  CHECK(shape({.strides = 2}) == Shape{n, 3, 2, 2});
  CHECK(shape({.dilation_rate = 2}) == Shape{n, 3, 2, 2});
}

// Proves: ConvTest.testDilatedConv2D
TEST_CASE("7.1 testDilatedConv2D") {
  const VariableStore store;
  Conv2D dilated({.filters = 4, .kernel_size = 3, .dilation_rate = 3}),
      columns({.filters = 4, .kernel_size = 3, .dilation_rate = {1, 3}});
  CHECK(dilated(ones({5, 7, 9, 2})).shape() == Shape{5, 1, 3, 4});
  CHECK(columns(ones({5, 7, 9, 2})).shape() == Shape{5, 5, 3, 4});
}

// Proves: ConvTest.testCreateConv2D
TEST_CASE("Conv2D has a kernel and a bias, and computes the convolution") {
  const VariableStore store;
  Conv2D layer({.filters = 2,
                .kernel_size = {2, 1},
                .activation = "relu",
                .kernel_initializer = "ones",
                .bias_initializer = constant(Tensor({-5.0, 1.0}))});
  const Tensor y = layer(Tensor({{{{1}}, {{2}}, {{3}}}}));
  CHECK(names_of(layer.variables()) == Names{"conv2d/kernel", "conv2d/bias"});
  CHECK(layer.kernel().shape() == Shape{2, 1, 1, 2});
  CHECK(layer.kernel().kernel_kind() == KernelKind::convolution);
  CHECK(y.shape() == Shape{1, 2, 1, 2});
  CHECK(y.to_vector() == std::vector<double>{0, 4, 0, 6});
}

// Proves: Conv2DTest.test_conv2d_regularizers
TEST_CASE(
    "7.2 Conv2DTest.test_conv2d_regularizers: two losses after the build, three after a call") {
  const VariableStore store;
  Conv2D layer({.filters = 2,
                .kernel_size = 3,
                .kernel_regularizer = counts_as(1),
                .bias_regularizer = counts_as(2),
                .activity_regularizer = counts_as(3)});
  layer.build({Shape::unknown, 5, 5, 2});
  CHECK(items_of(layer.losses()) == std::vector<double>{1, 2});
  layer(ones({1, 5, 5, 2}));
  CHECK(items_of(layer.losses()) == std::vector<double>{3, 1, 2});
}

// Proves: Conv2DTest.test_conv2d_invalid_output_shapes
TEST_CASE("7.2 Conv2DTest.test_conv2d_invalid_output_shapes: the build refuses") {
  const VariableStore store;
  Conv2D layer({.filters = 2, .kernel_size = 20}), exactly_none({.filters = 2, .kernel_size = 6});
  CHECK_THROWS_WITH_AS(layer.build({1, 5, 5, 2}),
                       "conv2d: input must leave at least one output position; got (1, 5, 5, 2) "
                       "and a window of (20, 20), which leaves (0, 0); enlarge the input or use "
                       "padding 'same'",
                       ValueError);
  CHECK_THROWS_WITH_AS(exactly_none.build({1, 5, 5, 2}),
                       "conv2d_1: input must leave at least one output position; got (1, 5, 5, 2) "
                       "and a window of (6, 6), which leaves (0, 0); enlarge the input or use "
                       "padding 'same'",
                       ValueError);
}

// Proves: ConvTest.testUnknownInputChannels
TEST_CASE("7.1 testUnknownInputChannels") {
  const VariableStore store;
  Conv2D last({.filters = 2, .kernel_size = 3}),
      first({.filters = 2, .kernel_size = 3, .data_format = "channels_first"});
  CHECK_THROWS_WITH_AS(last.build({5, 7, 9, Shape::unknown}),
                       "conv2d: input channels must be known to build (axis -1); got (5, 7, 9, ?)",
                       ValueError);
  CHECK_THROWS_WITH_AS(
      first.build({5, Shape::unknown, 7, 9}),
      "conv2d_1: input channels must be known to build (axis -3); got (5, ?, 7, 9)", ValueError);
}

TEST_CASE("an empty batch passes a Conv2D") {
  const VariableStore store;
  Conv2D layer({.filters = 2, .kernel_size = 3});
  CHECK(layer(ones({0, 5, 5, 2})).shape() == Shape{0, 3, 3, 2});
}

TEST_CASE("a Conv2D made from a config is the same layer") {
  const VariableStore store;
  const Conv2D layer({.filters = 2,
                      .kernel_size = {3, 2},
                      .padding = "same",
                      .activation = "tanh",
                      .kernel_constraint = non_neg(),
                      .name = "conv",
                      .input_shape = Shape{7, 9, 3}});
  const Config config = layer.get_config();
  CHECK(Conv2D::from_config(Config::from_json(config.json())).get_config() == config);
}

// Proves: DepthwiseConv2DTest.test_depthwise_conv2d_full
TEST_CASE("7.2 DepthwiseConv2DTest: all arguments, stride 2") {
  const VariableStore store;
  DepthwiseConv2D layer({.kernel_size = 3,
                         .strides = 2,
                         .depth_multiplier = 2,
                         .depthwise_regularizer = counts_as(1),
                         .bias_regularizer = counts_as(2),
                         .activity_regularizer = counts_as(3),
                         .depthwise_constraint = "unit_norm",
                         .bias_constraint = "unit_norm"});
  const Tensor y = layer(ones({2, 7, 6, 3}));
  CHECK(y.shape() == Shape{2, 3, 2, 6});
  CHECK(layer.compute_output_shape({2, 7, 6, 3}) == y.shape());
  CHECK(layer.compute_output_shape({2, 7, 6, Shape::unknown}) == Shape{2, 3, 2, Shape::unknown});
  CHECK(names_of(layer.variables()) ==
        Names{"depthwise_conv2d/depthwise_kernel", "depthwise_conv2d/bias"});
  CHECK(layer.depthwise_kernel().shape() == Shape{3, 3, 3, 2});
  CHECK(layer.bias().shape() == Shape{6});
  CHECK(items_of(layer.losses()) == std::vector<double>{1.5, 1, 2});
}

// Proves: DepthwiseConv2DTest.test_depthwise_conv2d
TEST_CASE("7.2 DepthwiseConv2DTest: dilation (2, 2)") {
  const DepthwiseConv2D layer({.kernel_size = 3, .dilation_rate = 2});
  CHECK(layer.compute_output_shape({Shape::unknown, 7, 6, 3}) == Shape{Shape::unknown, 3, 2, 3});
}

TEST_CASE("a DepthwiseConv2D made from a config is the same layer") {
  const VariableStore store;
  const DepthwiseConv2D layer({.kernel_size = 3, .strides = {2, 1}, .depth_multiplier = 2});
  CHECK(DepthwiseConv2D::from_config(layer.get_config()).get_config() == layer.get_config());
}

TEST_CASE("the functional form of Conv2D keeps its variables") {
  const VariableStore store;
  const Conv2DOptions options{
      .filters = 2, .kernel_size = 1, .name = "conv", .reuse = Reuse::automatic};
  const Tensor x = ones({1, 2, 2, 3});
  CHECK(layers::conv2d(x, options).to_vector() == layers::conv2d(x, options).to_vector());
}
