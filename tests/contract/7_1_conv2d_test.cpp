// Contract 7.1: the reference's ConvTest in our words. SeparableConv2DTest is what sections 1 and
// 2.5 prove; this is the same for Conv2D, where conv2d_layer_test does not say it.
#include <reel/layers/conv2d.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/scope/collections.h>
#include <reel/layers/scope/functional_form.h>

#include "separable.h"

using namespace reel;
using namespace reel::test;

namespace {

std::size_t count() { return collections::trainable_variables().size(); }

}  // namespace

// Proves: ConvTest.testInvalidDataFormat; Conv2DTest.test_conv2d_zero_kernel_size
TEST_CASE("7.1 Conv2D refuses wrong windows, filters and formats") {
  const auto refused = [](const Conv2DOptions& options, const char* message) {
    check_refused<ValueError, Conv2D>(options, message);
  };
  refused({.filters = 0, .kernel_size = 3}, "conv2d: filters must be >= 1; got 0");
  refused({.filters = 2}, "conv2d: kernel_size must be two numbers >= 1; got (0, 0)");
  refused({.filters = 2, .kernel_size = 3, .strides = -1},
          "conv2d: strides must be two numbers >= 0; got (-1, -1)");
  refused({.filters = 2, .kernel_size = 3, .data_format = "invalid"},
          "conv2d: data_format must be 'channels_last' or 'channels_first'; got 'invalid'");
}

// Proves: ConvTest.testCreateConv2DIntegerKernelSize
TEST_CASE(
    "7.1 Conv2D's kernel has one layout for both data formats, and one number makes it square") {
  const VariableStore store;
  Conv2D last({.filters = 32, .kernel_size = {3, 3}, .activation = "relu"}),
      first({.filters = 32, .kernel_size = 3, .data_format = "channels_first"});
  CHECK(last(images()).shape() == Shape{5, 5, 7, 32});
  CHECK(first(images({5, 4, 7, 9})).shape() == Shape{5, 32, 5, 7});
  CHECK(last.kernel().shape() == Shape{3, 3, 4, 32});
  CHECK(first.kernel().shape() == last.kernel().shape());
  CHECK(last.bias().shape() == Shape{32});
}

// Proves: ConvTest.testConv2DPaddingSame; ConvTest.testCreateConvWithStrides
TEST_CASE("7.1 Conv2D with same padding keeps the size, and strides divide it") {
  const VariableStore store;
  const auto size = [](const Pair& strides, const Shape& shape, const char* format) {
    Conv2D layer({.filters = 3,
                  .kernel_size = 3,
                  .strides = strides,
                  .padding = "same",
                  .data_format = format});
    return layer(images(shape)).shape();
  };
  CHECK(size(1, {5, 7, 9, 4}, "channels_last") == Shape{5, 7, 9, 3});
  CHECK(size({2, 2}, {5, 6, 8, 4}, "channels_last") == Shape{5, 3, 4, 3});
  CHECK(size(2, {5, 6, 8, 4}, "channels_last") == Shape{5, 3, 4, 3});
  CHECK(size({2, 1}, {5, 6, 8, 4}, "channels_last") == Shape{5, 3, 8, 3});
  CHECK(size({2, 1}, {5, 4, 6, 8}, "channels_first") == Shape{5, 3, 3, 8});
}

// Proves: ConvTest.testConv2DKernelRegularizer
TEST_CASE("7.1 Conv2D's regularizers are in the collection with the values of its losses") {
  const VariableStore store;
  Conv2D layer({.filters = 3,
                .kernel_size = 3,
                .kernel_initializer = "ones",
                .bias_initializer = "ones",
                .kernel_regularizer = l2(0.5),
                .bias_regularizer = l1(2.0)});
  layer(images());
  CHECK(items_of(layer.losses()) == std::vector<double>{0.5 * 9 * 4 * 3, 2.0 * 3});
  CHECK(items_of(collections::regularization_losses()) == items_of(layer.losses()));
}

// Proves: ConvTest.testConv2DNoBias; Conv2DTest.test_conv2d_constraints
TEST_CASE(
    "7.1 Conv2D without a bias has a kernel only, and its constraints stay with the variables") {
  const VariableStore store;
  const Constraint own = [](const Variable& w) { return w.stored(); };
  Conv2D none({.filters = 3, .kernel_size = 3, .use_bias = false}),
      both(
          {.filters = 3, .kernel_size = 3, .kernel_constraint = own, .bias_constraint = non_neg()});
  none(images());
  both(images());
  CHECK(none.variables() == std::vector{none.kernel()});
  CHECK_FALSE(none.bias().defined());
  CHECK(both.kernel().constraint() == own);
  CHECK(both.bias().constraint() == non_neg());
}

// Proves: ConvTest.testFunctionalConv2DReuse
TEST_CASE("7.1 functional Conv2D: new variables for no name, shared ones for a name or scope") {
  const VariableStore store;
  const Tensor x = images({1, 3, 3, 2});
  const Conv2DOptions unnamed{.filters = 2, .kernel_size = 3};
  Conv2DOptions named = unnamed, again = unnamed;
  named.name = again.name = "conv";
  again.reuse = true;
  layers::conv2d(x, unnamed);
  CHECK(count() == 2);
  layers::conv2d(x, unnamed);
  CHECK(count() == 4);
  layers::conv2d(x, named);
  layers::conv2d(x, again);
  CHECK(count() == 6);
  for (const bool reuse : {false, true}) {
    const VariableScope scope("scope", {.initializer = "ones", .reuse = reuse});
    layers::conv2d(x, named);
  }
  REQUIRE(count() == 8);
  const auto variables = collections::trainable_variables();
  CHECK(variables[6].name() == "scope/conv/kernel");
  CHECK(variables[6].value().to_vector() == std::vector<double>(36, 1.0));
  CHECK(variables[7].value().to_vector() == std::vector<double>(2, 0.0));
}
