// Contract 7.1: the reference's SeparableConv2DTest, where no row of section 1 says the same.
#include <reel/core/node_list.h>
#include <reel/core/tape.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/scope/collections.h>

#include "separable.h"

using namespace reel;
using namespace reel::test;

// Proves: SeparableConv2DTest.testCreateSeparableConv2D
TEST_CASE("7.1 testCreateSeparableConv2D: output, kernels and the last op") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 32, .kernel_size = {3, 3}, .activation = "relu"});
  const Tape tape;
  CHECK(layer(images()).shape() == Shape{5, 5, 7, 32});
  const auto last = static_cast<std::uint32_t>(tape.size() - 1);
  CHECK(detail::NodeList::current()[last].name == std::string("separable_conv2d_relu"));
  CHECK(layer.scope_name() == "separable_conv2d");
  CHECK(layer.depthwise_kernel().shape() == Shape{3, 3, 4, 1});
  CHECK(layer.pointwise_kernel().shape() == Shape{1, 1, 4, 32});
  CHECK(layer.bias().shape() == Shape{32});
}

// Proves: SeparableConv2DTest.testCreateSeparableConvWithStrides;
//   SeparableConv2DTest.testCreateSeparableConvWithStridesChannelsFirst
TEST_CASE("7.1 testCreateSeparableConvWithStrides, in both data formats") {
  const VariableStore store;
  const auto size = [](const Pair& strides, const char* format) {
    SeparableConv2D layer({.filters = 32,
                           .kernel_size = 3,
                           .strides = strides,
                           .padding = "same",
                           .data_format = format});
    const bool last = std::string(format) == "channels_last";
    const Shape y = layer(images(last ? Shape{5, 6, 8, 4} : Shape{5, 4, 6, 8})).shape();
    return last ? Pair(int(y[1]), int(y[2])) : Pair(int(y[2]), int(y[3]));
  };
  for (const char* format : {"channels_last", "channels_first"}) {
    CHECK(size({2, 2}, format) == Pair(3, 4));
    CHECK(size(2, format) == Pair(3, 4));
    CHECK(size({2, 1}, format) == Pair(3, 8));
  }
}

// Proves: SeparableConv2DTest.testSeparableConv2DDepthwiseRegularizer;
//   SeparableConv2DTest.testSeparableConv2DPointwiseRegularizer;
//   SeparableConv2DTest.testSeparableConv2DBiasRegularizer
TEST_CASE("7.1 each regularizer alone is one entry of the collection, equal to the layer's loss") {
  using Field = Regularizer SeparableConv2DOptions::*;
  for (const Field field : {&SeparableConv2DOptions::depthwise_regularizer,
                            &SeparableConv2DOptions::pointwise_regularizer,
                            &SeparableConv2DOptions::bias_regularizer}) {
    const VariableStore store;
    SeparableConv2DOptions options{.filters = 32, .kernel_size = 3, .bias_initializer = "ones"};
    options.*field = l2(0.5);
    SeparableConv2D layer(options);
    layer(images());
    const std::vector<double> losses = items_of(layer.losses());
    REQUIRE(losses.size() == 1);
    CHECK(losses[0] > 0);
    CHECK(items_of(collections::regularization_losses()) == losses);
  }
}
