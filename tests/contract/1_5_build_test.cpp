// Contract 1.5: what a build and a call demand of the input.
#include <reel/layers/scope/collections.h>

#include "separable.h"

using namespace reel;
using namespace reel::test;

// Proves: 1.5 channel axis
TEST_CASE("1.5 the channels must be known to build") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3, .kernel_size = 3}),
      first({.filters = 3, .kernel_size = 3, .data_format = "channels_first"});
  CHECK_THROWS_WITH_AS(layer.build({1, 7, 9, Shape::unknown}),
                       "separable_conv2d: input channels must be known to build (axis -1); got "
                       "(1, 7, 9, ?)",
                       ValueError);
  CHECK_THROWS_WITH_AS(first.build({1, Shape::unknown, 7, 9}),
                       "separable_conv2d_1: input channels must be known to build (axis -3); got "
                       "(1, ?, 7, 9)",
                       ValueError);
  CHECK(collections::global_variables().empty());
}

// Proves: 1.5 unknown extents
TEST_CASE("1.5 batch and image size may be unknown, and a build without an input is float32") {
  const VariableStore store;
  const Index unknown = Shape::unknown;
  SeparableConv2D layer({.filters = 3, .kernel_size = 3}),
      first({.filters = 3, .kernel_size = 3, .data_format = "channels_first"});
  layer.build({unknown, unknown, unknown, 4});
  first.build({unknown, 4, unknown, unknown});
  CHECK(layer.built());
  CHECK(layer.dtype() == float32);
  CHECK(layer.depthwise_kernel().dtype() == float32);
  CHECK(first.depthwise_kernel().shape() == layer.depthwise_kernel().shape());
  CHECK(layer.build_shapes() == std::vector<Shape>{{unknown, unknown, unknown, 4}});
}

// Proves: 1.5 before the build
TEST_CASE("1.5 inputs are checked before the build, and nothing is built for a wrong one") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3, .kernel_size = 3});
  CHECK_THROWS_WITH_AS(layer(images({7, 9, 4})),
                       "separable_conv2d: input must have rank 4; got (7, 9, 4)", ValueError);
  CHECK_THROWS_WITH_AS(layer(images({1, 2, 7, 9, 4})),
                       "separable_conv2d: input must have rank 4; got (1, 2, 7, 9, 4)", ValueError);
  CHECK_THROWS_WITH_AS(layer(Tensor()),
                       "separable_conv2d: an input must be a tensor; got an undefined one",
                       TypeError);
  CHECK_THROWS_WITH_AS(layer({images(), images()}),
                       "separable_conv2d: there must be 1 input(s); got 2", ValueError);
  CHECK_FALSE(layer.built());
}

// Proves: 1.5 after the build; 8.8
TEST_CASE("1.5 after the build the channels are fixed, on the axis of the data format") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3, .kernel_size = 3}),
      first({.filters = 3, .kernel_size = 3, .data_format = "channels_first"});
  layer(images());
  first(images({5, 4, 7, 9}));
  CHECK_THROWS_WITH_AS(layer(images({5, 7, 9, 3})),
                       "separable_conv2d: input channels must be 4 (axis -1); got (5, 7, 9, 3)",
                       ValueError);
  CHECK_THROWS_WITH_AS(first(images({5, 3, 7, 9})),
                       "separable_conv2d_1: input channels must be 4 (axis -3); got (5, 3, 7, 9)",
                       ValueError);
  CHECK(layer(images({1, 3, 3, 4})).shape() == Shape{1, 1, 1, 3});
}

// Proves: 0 too-small input; 1.5 size; 8.7; 8.33
TEST_CASE("1.5 a build refuses small images as a call does; a failed call leaves the layer built") {
  const VariableStore store;
  const auto fails = [](const Tensor&) -> Tensor { throw ValueError("not now"); };
  SeparableConv2D layer({.filters = 3, .kernel_size = 20}),
      called({.filters = 3, .kernel_size = 3, .activation = fails});
  CHECK_THROWS_WITH_AS(layer.build({Shape::unknown, 5, 5, 2}),
                       "separable_conv2d: input must leave at least one output position; got "
                       "(?, 5, 5, 2) and a window of (20, 20), which leaves (0, 0); enlarge the "
                       "input or use padding 'same'",
                       ValueError);
  CHECK_FALSE(layer.built());
  CHECK_THROWS_WITH_AS(called(images({1, 5, 5, 2})), "separable_conv2d_1: not now", ValueError);
  CHECK(called.built());
}

// Proves: 1.5 no channels
TEST_CASE("1.5 an image without channels cannot be built for") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3, .kernel_size = 3, .name = "conv"});
  CHECK_THROWS_WITH_AS(layer.build({1, 7, 9, 0}), "conv: input: channels must be >= 1; got 0",
                       ValueError);
  CHECK_THROWS_WITH_AS(layer(ones({1, 7, 9, 0})), "conv: input: channels must be >= 1; got 0",
                       ValueError);
  SeparableConv2D first(
      {.filters = 3, .kernel_size = 3, .data_format = "channels_first", .name = "first"});
  CHECK_THROWS_WITH_AS(first.build({1, 0, 7, 9}), "first: input: channels must be >= 1; got 0",
                       ValueError);
  CHECK_FALSE(layer.built());
  CHECK(collections::global_variables().empty());
}
