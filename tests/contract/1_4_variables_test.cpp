// Contract 1.4: the layer's variables, what they start with and what they carry.
#include <algorithm>
#include <cmath>

#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/functions/regularizers.h>

#include "separable.h"

using namespace reel;
using namespace reel::test;

namespace {

// Whether the values fill [-limit, limit] and do not leave it.
bool fills(const Variable& variable, double limit) {
  const std::vector<double> values = variable.value().to_vector();
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return *low >= -limit && *high <= limit && *low<-0.9 * limit&& * high> 0.9 * limit;
}

}  // namespace

// Proves: SeparableConv2DTest.testCreateSeparableConv2DDepthMultiplier; 1.1.7 depth_multiplier;
//   1.4 order, names, shapes; 1.4 count_params
TEST_CASE("1.4 variables are made in the order depthwise, pointwise, bias") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 32, .kernel_size = 3, .depth_multiplier = 2});
  layer.build({Shape::unknown, 7, 9, 4});
  CHECK(names_of(layer.variables()) == Names{"separable_conv2d/depthwise_kernel",
                                             "separable_conv2d/pointwise_kernel",
                                             "separable_conv2d/bias"});
  CHECK(layer.depthwise_kernel().shape() == Shape{3, 3, 4, 2});
  CHECK(layer.pointwise_kernel().shape() == Shape{1, 1, 8, 32});
  CHECK(layer.bias().shape() == Shape{32});
  CHECK(layer.trainable_variables() == layer.variables());
  CHECK(layer.count_params() == 3 * 3 * 4 * 2 + 8 * 32 + 32);
}

// Proves: 1.4 before the build
TEST_CASE("1.4 before the build there are no variables") {
  const SeparableConv2D layer({.filters = 32, .kernel_size = 3});
  CHECK_FALSE(layer.depthwise_kernel().defined());
  CHECK_FALSE(layer.pointwise_kernel().defined());
  CHECK_FALSE(layer.bias().defined());
  CHECK(layer.variables().empty());
}

// Proves: SeparableConv2DTest.testCreateSeparableConv2DChannelsFirst; 1.4 both data formats; 8.1
TEST_CASE("1.4 kernels keep one layout for both data formats") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 32, .kernel_size = 3, .data_format = "channels_first"});
  CHECK(layer(images({5, 4, 7, 9})).shape() == Shape{5, 32, 5, 7});
  CHECK(layer.depthwise_kernel().shape() == Shape{3, 3, 4, 1});
  CHECK(layer.pointwise_kernel().shape() == Shape{1, 1, 4, 32});
}

// Proves: SeparableConv2DTest.testSeparableConv2DNoBias; 1.1.9 use_bias; 1.4 no bias
TEST_CASE("1.4 without a bias there are two variables and bias is none") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3, .kernel_size = 3, .use_bias = false});
  layer(images());
  CHECK(layer.variables().size() == 2);
  CHECK(layer.count_params() == 9 * 4 + 4 * 3);
  CHECK_FALSE(layer.bias().defined());
}

// Proves: 1.2 dtype; 1.4 dtype
TEST_CASE("1.4 the variables have the layer's dtype, the first input's if none was given") {
  const VariableStore store;
  SeparableConv2D inferred({.filters = 3, .kernel_size = 3}),
      given({.filters = 3, .kernel_size = 3, .dtype = float64});
  inferred(images({1, 3, 3, 2}, float64));
  given.build({1, 3, 3, 2});
  for (const SeparableConv2D* layer : {&inferred, &given})
    for (const Variable& weight : layer->variables()) CHECK(weight.dtype() == float64);
}

// Proves: 0 fans of a depthwise kernel; 1.4 initializer none; 8.2
TEST_CASE("1.4 kernels without an initializer start with glorot_uniform by the kernel's shape") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 40, .kernel_size = 5, .depth_multiplier = 8});
  layer.build({1, 7, 7, 4});
  CHECK(fills(layer.depthwise_kernel(), std::sqrt(6.0 / (25 * 4 + 25 * 8))));
  CHECK(fills(layer.pointwise_kernel(), std::sqrt(6.0 / (32 + 40))));
  CHECK(layer.bias().value().to_vector() == std::vector<double>(40, 0.0));
}

// Proves: 1.4 initializer none; 1.4 bias; 8.3
TEST_CASE("1.4 the scope's initializer reaches the kernels but not the bias") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3, .kernel_size = 3}),
      no_default({.filters = 3, .kernel_size = 3, .bias_initializer = nullptr});
  {
    const VariableScope scope("scope", {.initializer = "ones"});
    layer(images());
    no_default(images());
  }
  CHECK(layer.depthwise_kernel().value().to_vector() == std::vector<double>(36, 1.0));
  CHECK(layer.pointwise_kernel().value().to_vector() == std::vector<double>(12, 1.0));
  CHECK(layer.bias().value().to_vector() == std::vector<double>(3, 0.0));
  CHECK(no_default.bias().value().to_vector() == std::vector<double>(3, 1.0));
}

// Proves: 1.4 bias_initializer none
TEST_CASE("1.4 no initializer for the bias means glorot_uniform, as in the reference") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 400, .kernel_size = 1, .bias_initializer = nullptr});
  layer.build({1, 1, 1, 1});
  CHECK(fills(layer.bias(), std::sqrt(3.0 / 400)));
}

// Proves: SeparableConv2DTest.testConstraints;
//   SeparableConv2DTest.test_separable_conv2d_constraints; 1.4 constraints
TEST_CASE("1.4 constraints and kinds of kernels stay with their variables") {
  const VariableStore store;
  const Constraint depthwise = max_norm(1.0, per_filter()), pointwise = "unit_norm",
                   bias = [](const Variable&w) { return w.stored(); };
  SeparableConv2D layer({.filters = 3,
                         .kernel_size = 3,
                         .depthwise_constraint = depthwise,
                         .pointwise_constraint = pointwise,
                         .bias_constraint = bias});
  layer.build({1, 7, 9, 4});
  CHECK(layer.depthwise_kernel().constraint() == depthwise);
  CHECK(layer.pointwise_kernel().constraint() == unit_norm());
  CHECK(layer.bias().constraint() == bias);
  CHECK(layer.depthwise_kernel().kernel_kind() == KernelKind::depthwise);
  CHECK(layer.pointwise_kernel().kernel_kind() == KernelKind::pointwise);
  CHECK(layer.bias().kernel_kind() == KernelKind::bias);
}

// Proves: 1.4 regularizers
TEST_CASE("1.4 each regularizer is about its own variable") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3,
                         .kernel_size = 2,
                         .depthwise_initializer = "ones",
                         .pointwise_initializer = "ones",
                         .bias_initializer = "ones",
                         .depthwise_regularizer = l1(1),
                         .pointwise_regularizer = l1(10),
                         .bias_regularizer = l1(100)});
  layer.build({1, 7, 9, 5});
  CHECK(items_of(layer.losses()) == std::vector<double>{2 * 2 * 5, 10 * 5 * 3, 100 * 3});
}
