// Contract 1.2: the arguments that every layer takes.
#include "separable.h"

using namespace reel;
using namespace reel::test;

namespace {

std::vector<Tensor> ones_for(Index channels, Index filters) {
  return {ones({1, 1, channels, 1}), ones({1, 1, channels, filters}), ones({filters})};
}

}  // namespace

// Proves: 0 keyword arguments; 1.2 dtype
TEST_CASE("1.2 a dtype that is given is the weights', and no input is cast to it") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 2, .kernel_size = 3, .name = "conv", .dtype = float64});
  CHECK(layer.dtype() == float64);
  CHECK_THROWS_WITH_AS(layer(images()),
                       "conv: separable_conv2d: dtypes must be equal; got float32 and float64; "
                       "use cast",
                       TypeError);
  for (const Variable& weight : layer.variables()) CHECK(weight.dtype() == float64);
  CHECK(layer(images({1, 3, 3, 4}, float64)).dtype() == float64);
}

// Proves: 1.2 input_shape
TEST_CASE("1.2 an input_shape is kept for the config and builds nothing") {
  const SeparableConv2D layer(
      {.filters = 2, .kernel_size = 3, .input_shape = Shape{7, Shape::unknown, 4}});
  CHECK_FALSE(layer.built());
  CHECK(layer.get_config()["input_shape"] == ConfigValue(ConfigValue::List{7, -1, 4}));
  const SeparableConv2D without({.filters = 2, .kernel_size = 3});
  CHECK_FALSE(without.get_config().contains("input_shape"));
}

// Proves: 1.2 weights
TEST_CASE("1.2 weights are set at the end of the first build, called or direct, and only then") {
  const VariableStore store;
  const SeparableConv2DOptions options{.filters = 2, .kernel_size = 1, .weights = ones_for(3, 2)};
  SeparableConv2D called(options), built(options);
  const Tensor x = ones({1, 1, 1, 3});
  CHECK(called(x).to_vector() == std::vector<double>{4, 4});
  built.build(x.shape());
  CHECK(built(x).to_vector() == std::vector<double>{4, 4});
  built.bias().assign(zeros({2}));
  CHECK(built(x).to_vector() == std::vector<double>{3, 3});
}

// Proves: 1.2 weights
TEST_CASE("1.2 weights of a wrong number or shape stop the build") {
  const VariableStore store;
  SeparableConv2D few({.filters = 2, .kernel_size = 1, .name = "few", .weights = {ones({2})}}),
      wide({.filters = 2, .kernel_size = 1, .name = "wide", .weights = ones_for(4, 2)});
  CHECK_THROWS_WITH_AS(few.build({1, 1, 1, 3}), "few: there must be 3 weights; got 1", ValueError);
  CHECK_THROWS_WITH_AS(wide.build({1, 1, 1, 3}),
                       "wide: weight wide/depthwise_kernel must have shape (1, 1, 3, 1); got "
                       "(1, 1, 4, 1)",
                       ValueError);
  CHECK_FALSE(wide.built());
}
