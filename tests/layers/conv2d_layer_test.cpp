#include <doctest/doctest.h>

#include <cmath>

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

// Proves: GroupedConvTest.test_group_conv_incorrect_use
TEST_CASE("groups must divide filters and channels, in the order of the arguments") {
  const VariableStore store;
  const auto refused = [](const Conv2DOptions& options, const char* message) {
    CHECK_THROWS_WITH_AS(Conv2D{options}, message, ValueError);
  };
  refused({.filters = 33, .kernel_size = 3, .groups = 2},
          "conv2d: filters must be divisible by groups; got 33 filters and 2 groups");
  refused({.filters = 4, .kernel_size = 3, .groups = 0}, "conv2d: groups must be >= 1; got 0");
  refused({.filters = 4, .kernel_size = 3, .dilation_rate = 0, .groups = 3},
          "conv2d: dilation_rate must be two numbers >= 1; got (0, 0)");
  refused({.filters = 4, .kernel_size = 3, .strides = 0, .groups = 3},
          "conv2d: filters must be divisible by groups; got 4 filters and 3 groups");
  Conv2D last({.filters = 4, .kernel_size = 3, .groups = 2});
  CHECK_THROWS_WITH_AS(
      last.build({Shape::unknown, 5, 5, 3}),
      "conv2d: input channels must be divisible by groups; got (?, 5, 5, 3) and 2 groups",
      ValueError);
  CHECK_FALSE(last.built());
  Conv2D first({.filters = 4, .kernel_size = 3, .data_format = "channels_first", .groups = 2});
  CHECK_THROWS_WITH_AS(
      first(zeros({1, 3, 5, 5})),
      "conv2d_1: input channels must be divisible by groups; got (1, 3, 5, 5) and 2 groups",
      ValueError);
  last.build({Shape::unknown, 5, 5, 6});
  CHECK_THROWS_WITH_AS(last(zeros({1, 5, 5, 8})),
                       "conv2d: input channels must be 6 (axis -1); got (1, 5, 5, 8)", ValueError);
}

TEST_CASE(
    "a Conv2D in groups has a kernel of a group's channels, whose first values it draws for") {
  const VariableStore store;
  Conv2D layer({.filters = 8, .kernel_size = 3, .groups = 4});
  CHECK(layer.compute_output_shape({Shape::unknown, Shape::unknown, 7, 12}) ==
        Shape{Shape::unknown, Shape::unknown, 5, 8});
  layer.build({Shape::unknown, Shape::unknown, Shape::unknown, 12});
  CHECK(layer.kernel().shape() == Shape{3, 3, 3, 8});
  CHECK(layer.count_params() == 3 * 3 * 3 * 8 + 8);
  // Glorot's limit of the kernel's own shape, as in the reference: 27 in, 72 out.
  const double limit = std::sqrt(6.0 / (27 + 72));
  const double largest = max(abs(layer.kernel())).item();
  CHECK(largest <= limit);
  CHECK(largest > 0.9 * limit);
  const Tensor x = ones({2, 6, 5, 12});
  CHECK(layer(x).shape() == Shape{2, 4, 3, 8});
  CHECK(*layer.flops({{x}}, layer(x)) == (2 * 27 + 1) * (2 * 4 * 3 * 8));
}

TEST_CASE("a Conv2D in groups is what each group computes, as a layer and as a function") {
  const VariableStore store;
  const Tensor x({{{{1, 2, 10, 20}}}}), w({{{{1, 3, 5, 7}, {2, 4, 6, 8}}}});
  const Conv2DOptions options{.filters = 4,
                              .kernel_size = 1,
                              .groups = 2,
                              .activation = "relu",
                              .kernel_initializer = w,
                              .bias_initializer = constant(Tensor({1.0, -20.0, 0.0, 1.0}))};
  const std::vector<double> expected{6, 0, 170, 231};
  CHECK(Conv2D(options)(x).to_vector() == expected);
  CHECK(layers::conv2d(x, options).to_vector() == expected);
  CHECK(Conv2D(options).convolution_op(x, w).to_vector() == std::vector<double>{5, 11, 170, 230});
  const Config config =
      Conv2D({.filters = 4, .kernel_size = 1, .groups = 2, .name = "g"}).get_config();
  CHECK(*config["groups"].get<Index>() == 2);
  CHECK(Conv2D::from_config(config).options().groups == 2);
  CHECK(Conv2D::from_config(config).get_config() == config);
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
