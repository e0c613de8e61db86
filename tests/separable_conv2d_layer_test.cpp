#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include <reel/core/collections.h>
#include <reel/core/ops.h>
#include <reel/layers/constraints.h>
#include <reel/layers/initializers.h>
#include <reel/layers/regularizers.h>
#include <reel/layers/separable_conv2d.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

Tensor images(const Shape& shape = {5, 7, 9, 4}, DType dtype = float32) {
  Tensor x = Tensor::empty(shape, dtype);
  dispatch(dtype, [&](auto zero) {
    using T = decltype(zero);
    for (Index i = 0; i < x.size(); ++i) writable<T>(x)[i] = static_cast<T>(i % 7 - 3);
  });
  return x;
}

// (i mod modulus) + first, row-major.
Initializer pattern(int modulus, int first) {
  return [=](const Shape& shape, DType dtype) {
    Tensor w = Tensor::empty(shape, dtype);
    dispatch(dtype, [&](auto zero) {
      using T = decltype(zero);
      for (Index i = 0; i < w.size(); ++i) writable<T>(w)[i] = static_cast<T>(i % modulus + first);
    });
    return w;
  };
}

template <class E>
void check_refused(const SeparableConv2DOptions& options, const char* message) {
  CHECK_THROWS_WITH_AS(SeparableConv2D layer(options), message, E);
}

}  // namespace

// --- 1.1 to 1.3: arguments -------------------------------------------------------------------

TEST_CASE("1.1 one number stands for both of a pair") {
  const VariableStore store;
  SeparableConv2D one({.filters = 32, .kernel_size = 3}),
      two({.filters = 32, .kernel_size = {3, 3}});
  CHECK(one(images()).shape() == two(images()).shape());
  CHECK(one.depthwise_kernel().shape() == Shape{3, 3, 4, 1});
}

TEST_CASE("1.1 padding and data_format are read in any letter case") {
  const SeparableConv2D layer(
      {.filters = 2, .kernel_size = 3, .padding = "SAME", .data_format = "Channels_First"});
  CHECK(layer.options().padding.name() == "same");
  CHECK(layer.options().data_format.name() == "channels_first");
}

TEST_CASE("1.3 an unknown name of a function is an error that says which argument it was") {
  CHECK_THROWS_AS(SeparableConv2D({.filters = 2, .kernel_size = 3, .activation = "rely"}),
                  ValueError);
  try {
    SeparableConv2D layer({.filters = 0, .kernel_size = 3, .pointwise_constraint = "max_form"});
    FAIL("no error");
  } catch (const ValueError& error) {  // before the error about filters
    CHECK(
        std::string(error.what())
            .starts_with("separable_conv2d: pointwise_constraint: Unknown constraint: 'max_form'"));
  }
}

TEST_CASE("1.3 filters must be positive") {
  check_refused<ValueError>({.filters = 0, .kernel_size = 3},
                            "separable_conv2d: filters must be >= 1; got 0");
  check_refused<ValueError>({.filters = -2, .kernel_size = 0, .name = "conv"},
                            "conv: filters must be >= 1; got -2");
}

TEST_CASE("1.3 kernel_size must be positive") {
  check_refused<ValueError>({.filters = 2},
                            "separable_conv2d: kernel_size must be two numbers >= 1; got (0, 0)");
  check_refused<ValueError>({.filters = 2, .kernel_size = {3, -1}, .strides = -1},
                            "separable_conv2d: kernel_size must be two numbers >= 1; got (3, -1)");
}

TEST_CASE("1.3 strides must be positive") {
  check_refused<ValueError>({.filters = 2, .kernel_size = 3, .strides = {1, -1}},
                            "separable_conv2d: strides must be two numbers >= 1; got (1, -1)");
  check_refused<ValueError>({.filters = 2, .kernel_size = 3, .strides = 0},
                            "separable_conv2d: strides must be two numbers >= 1; got (0, 0)");
}

TEST_CASE("1.3 padding must be valid or same, and causal says why not") {
  check_refused<ValueError>({.filters = 2, .kernel_size = 3, .padding = "Full"},
                            "separable_conv2d: padding must be 'valid' or 'same'; got 'full'");
  check_refused<ValueError>({.filters = 2, .kernel_size = 3, .padding = "causal"},
                            "separable_conv2d: padding 'causal' is for one-dimensional "
                            "convolutions only; it must be 'valid' or 'same' here");
  check_refused<ValueError>(
      {.filters = 2, .kernel_size = 3, .padding = "causal", .dilation_rate = 0},
      "separable_conv2d: dilation_rate must be two numbers >= 1; got (0, 0)");
}

TEST_CASE("1.3 data_format must be one of two") {
  check_refused<ValueError>({.filters = 2, .kernel_size = 3, .data_format = "invalid"},
                            "separable_conv2d: data_format must be 'channels_last' or "
                            "'channels_first'; got 'invalid'");
}

TEST_CASE("1.3 dilation_rate must be positive") {
  check_refused<ValueError>({.filters = 2, .kernel_size = 3, .dilation_rate = {0, 1}},
                            "separable_conv2d: dilation_rate must be two numbers >= 1; got (0, 1)");
}

TEST_CASE("1.3 depth_multiplier must be positive, which the reference does not check") {
  check_refused<ValueError>({.filters = 2, .kernel_size = 3, .depth_multiplier = 0},
                            "separable_conv2d: depth_multiplier must be >= 1; got 0");
}

TEST_CASE("1.8 strides together with dilation are refused with the rule") {
  check_refused<ValueError>(
      {.filters = 2, .kernel_size = 3, .strides = 2, .dilation_rate = {1, 2}},
      "separable_conv2d: strides or dilation_rate must be 1, since strides > 1 are not defined "
      "together with dilation_rate > 1; got strides (2, 2) and dilation_rate (1, 2)");
}

// --- 1.4, 1.5: variables and build -----------------------------------------------------------

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
  CHECK(layer.count_params() == 3 * 3 * 4 * 2 + 8 * 32 + 32);
}

TEST_CASE("1.4 kernels keep one layout for both data formats") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 32, .kernel_size = 3, .data_format = "channels_first"});
  CHECK(layer(images({5, 4, 7, 9})).shape() == Shape{5, 32, 5, 7});
  CHECK(layer.depthwise_kernel().shape() == Shape{3, 3, 4, 1});
  CHECK(layer.pointwise_kernel().shape() == Shape{1, 1, 4, 32});
}

TEST_CASE("1.4 without a bias there are two variables and bias is none") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3, .kernel_size = 3, .use_bias = false});
  layer(images());
  CHECK(layer.variables().size() == 2);
  CHECK_FALSE(layer.bias().defined());
}

TEST_CASE("1.4 the scope's initializer reaches the kernels but not the bias") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3, .kernel_size = 3});
  {
    const VariableScope scope("scope", {.initializer = "ones"});
    layer(images());
  }
  CHECK(layer.variables()[0].value().to_vector() == std::vector<double>(36, 1.0));
  CHECK(layer.variables()[1].value().to_vector() == std::vector<double>(12, 1.0));
  CHECK(layer.variables()[2].value().to_vector() == std::vector<double>(3, 0.0));
}

TEST_CASE("1.4 no initializer for the bias means glorot_uniform, as in the reference") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 400, .kernel_size = 1, .bias_initializer = nullptr});
  layer.build({1, 1, 1, 1});
  const std::vector<double> bias = layer.bias().value().to_vector();
  const auto [low, high] = std::minmax_element(bias.begin(), bias.end());
  const double limit = std::sqrt(3.0 / 400);
  CHECK(*high <= limit);
  CHECK(*low >= -limit);
  CHECK(*high > 0.9 * limit);
}

TEST_CASE("1.4 constraints and regularizers stay with their variables") {
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

TEST_CASE("1.5 inputs are checked before and after the build") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3, .kernel_size = 3});
  CHECK_THROWS_WITH_AS(layer(images({7, 9, 4})),
                       "separable_conv2d: input must have rank 4; got (7, 9, 4)", ValueError);
  CHECK_THROWS_WITH_AS(layer(Tensor()),
                       "separable_conv2d: an input must be a tensor; got an undefined one",
                       TypeError);
  CHECK_THROWS_WITH_AS(layer({images(), images()}),
                       "separable_conv2d: there must be 1 input(s); got 2", ValueError);
  CHECK_FALSE(layer.built());
  layer(images());
  CHECK_THROWS_WITH_AS(layer(images({5, 7, 9, 3})),
                       "separable_conv2d: input channels must be 4 (axis -1); got (5, 7, 9, 3)",
                       ValueError);
}

TEST_CASE("1.5 building for an image smaller than the kernel is fine") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3, .kernel_size = 20});
  layer.build({Shape::unknown, 5, 5, 2});
  CHECK(layer.built());
}

// --- 1.6, 1.7, 1.13: values ------------------------------------------------------------------

TEST_CASE("1.13 values computed by an independent loop come out exactly") {
  struct Row {
    Index h, w, c, m, f;
    Pair kernel;
    int stride, dilation;
    const char* padding;
    Index p, q;
    std::vector<double> first;
    double sum, weighted, squares;
  };
  const Row rows[] = {
      {4, 4, 2, 1, 3, {3, 3}, 1, 1, "valid", 2, 2, {2, 1, 0, -48, 1, 50}, 12, 202, 5048},
      {5, 4, 2, 2, 3, {3, 3}, 1, 1, "same", 5, 4, {3, 1, -1, 3, 1, -1}, 60, 1848, 12126},
      {6, 5, 3, 1, 2, {3, 3}, 2, 1, "same", 3, 3, {-13, 22, -24, 16, -3, -11}, 24, 290, 4754},
      {7, 6, 2, 2, 2, {3, 3}, 1, 2, "valid", 3, 2, {-24, 11, 13, 2, -5, 13}, -1, 45, 2551},
      {5, 5, 1, 3, 2, {2, 3}, 1, 1, "same", 5, 5, {0, 16, -14, 7, -20, 1}, 8, 240, 4230},
      {5, 6, 2, 1, 2, {3, 2}, 1, 2, "same", 5, 6, {0, 4, 9, -7, 7, -5}, 33, 931, 4117},
      {6, 6, 2, 2, 4, {2, 2}, 2, 1, "valid", 3, 3, {-15, 17, 1, -12, 6, -14}, 10, 234, 3830},
  };
  for (const Row& row : rows) {
    const VariableStore store;
    SeparableConv2D layer({.filters = row.f,
                           .kernel_size = row.kernel,
                           .strides = row.stride,
                           .padding = row.padding,
                           .dilation_rate = row.dilation,
                           .depth_multiplier = row.m,
                           .depthwise_initializer = pattern(5, -2),
                           .pointwise_initializer = pattern(3, -1),
                           .bias_initializer = pattern(1000, 0)});
    const Tensor x = images({1, row.h, row.w, row.c});
    const Tensor y = layer(x);
    CAPTURE(x.shape().str());
    CHECK(y.shape() == Shape{1, row.p, row.q, row.f});
    CHECK(layer.compute_output_shape(x.shape()) == y.shape());
    const std::vector<double> values = y.to_vector();
    CHECK(std::vector<double>(values.begin(), values.begin() + 6) == row.first);
    double sum = 0, weighted = 0, squares = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      sum += values[i];
      weighted += static_cast<double>(i + 1) * values[i];
      squares += values[i] * values[i];
    }
    CHECK(sum == row.sum);
    CHECK(weighted == row.weighted);
    CHECK(squares == row.squares);
  }
}

TEST_CASE("1.6 the activation comes last, by name or as a function") {
  const VariableStore store;
  const SeparableConv2DOptions options{.filters = 3,
                                       .kernel_size = 3,
                                       .depthwise_initializer = pattern(5, -2),
                                       .pointwise_initializer = pattern(3, -1),
                                       .bias_initializer = pattern(9, -4)};
  SeparableConv2DOptions by_name = options, by_function = options;
  by_name.activation = "relu";
  by_function.activation = [](const Tensor& x) { return relu(x); };
  SeparableConv2D plain(options), named(by_name), given(by_function);
  const std::vector<double> want = relu(plain(images())).to_vector();
  CHECK(named(images()).to_vector() == want);
  CHECK(given(images()).to_vector() == want);
}

TEST_CASE("1.7 an input shorter than the kernel by one gives an empty tensor") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3, .kernel_size = 3});
  CHECK(layer(images({2, 2, 5, 1})).shape() == Shape{2, 0, 3, 3});
}

TEST_CASE("1.7 a kernel of the whole image keeps its size with same padding") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 64, .kernel_size = {7, 9}, .padding = "same"});
  CHECK(layer(images()).shape() == Shape{5, 7, 9, 64});
}

TEST_CASE("1.7 unequal strides are computed") {
  const VariableStore store;
  for (const char* format : {"channels_last", "channels_first"}) {
    SeparableConv2D layer({.filters = 3,
                           .kernel_size = 3,
                           .strides = {2, 1},
                           .padding = "same",
                           .data_format = format});
    const bool last = std::string(format) == "channels_last";
    CHECK(layer(images(last ? Shape{5, 6, 8, 4} : Shape{5, 4, 6, 8})).shape() ==
          (last ? Shape{5, 3, 8, 3} : Shape{5, 3, 3, 8}));
  }
}

// --- 1.9, 1.10 -------------------------------------------------------------------------------

TEST_CASE("1.9 unknown sizes stay unknown and nothing is built") {
  const SeparableConv2D layer({.filters = 3, .kernel_size = 3, .strides = 2});
  const Index unknown = Shape::unknown;
  CHECK(layer.compute_output_shape({unknown, 7, unknown, 2}) == Shape{unknown, 3, unknown, 3});
  CHECK(layer.compute_output_shape({unknown, unknown, unknown, unknown}) ==
        Shape{unknown, unknown, unknown, 3});
  CHECK_FALSE(layer.built());
}

TEST_CASE("1.9 an output size of 0 is allowed and a negative one is not") {
  const SeparableConv2D layer({.filters = 3, .kernel_size = 5, .dilation_rate = 2, .name = "conv"});
  CHECK(layer.compute_output_shape({1, 8, 9, 2}) == Shape{1, 0, 1, 3});
  CHECK_THROWS_WITH_AS(layer.compute_output_shape({1, 9, 7, 2}),
                       "conv: input must be at least as large as the kernel (5, 5) with "
                       "dilation_rate (2, 2); got (1, 9, 7, 2); enlarge the input or use padding "
                       "'same'",
                       ValueError);
}

TEST_CASE("1.10 convolution_op with the folded kernel equals the call") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3,
                         .kernel_size = {3, 2},
                         .padding = "same",
                         .dilation_rate = {2, 1},
                         .depth_multiplier = 2,
                         .depthwise_initializer = pattern(5, -2),
                         .pointwise_initializer = pattern(3, -1)});
  const Tensor x = images();
  CHECK_NOTHROW(layer.convolution_op(x, ones({3, 2, 4, 3})));  // needs no build
  const Tensor y = layer(x);
  // E[a, b, c, k] = sum_m D[a, b, c, m] P[0, 0, c M + m, k]
  const Tensor d = reshape(layer.depthwise_kernel(), {3, 2, 4, 2, 1});
  const Tensor p = reshape(layer.pointwise_kernel(), {1, 1, 4, 2, 3});
  CHECK(layer.convolution_op(x, sum(d * p, 3)).to_vector() == y.to_vector());
}

// --- 1.11 ------------------------------------------------------------------------------------

TEST_CASE("1.11 a config names every argument in order") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3,
                         .kernel_size = {3, 2},
                         .activation = "relu",
                         .pointwise_regularizer = l2(0.5),
                         .depthwise_constraint = max_norm(1.5, per_filter())});
  CHECK(layer.get_config().json() ==
        R"({"filters":3,"kernel_size":[3,2],"strides":[1,1],"padding":"valid",)"
        R"("data_format":"channels_last","dilation_rate":[1,1],"depth_multiplier":1,)"
        R"("activation":"relu","use_bias":true,"depthwise_initializer":null,)"
        R"("pointwise_initializer":null,"bias_initializer":"zeros","depthwise_regularizer":null,)"
        R"("pointwise_regularizer":{"class_name":"l2","config":{"l2":0.5}},)"
        R"("bias_regularizer":null,"activity_regularizer":null,)"
        R"("depthwise_constraint":{"class_name":"max_norm","config":)"
        R"({"max_value":1.5,"axis":"per_filter"}},"pointwise_constraint":null,)"
        R"("bias_constraint":null,"trainable":true,"name":"separable_conv2d_1","dtype":null})");
}

TEST_CASE("1.11 a layer made from a config computes the same") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3,
                         .kernel_size = 3,
                         .strides = {2, 1},
                         .padding = "same",
                         .depth_multiplier = 2,
                         .activation = activations::leaky_relu(0.3),
                         .depthwise_initializer = "he_normal",
                         .pointwise_constraint = max_norm(1.0),
                         .dtype = float64});
  const Tensor y = layer(images({2, 6, 5, 4}, float64));
  const Config config = Config::from_json(layer.get_config().json(2));
  SeparableConv2D copy = SeparableConv2D::from_config(config);
  CHECK(copy.get_config() == layer.get_config());
  copy.build({2, 6, 5, 4});
  copy.set_weights(layer.get_weights());
  CHECK(copy(images({2, 6, 5, 4}, float64)).to_vector() == y.to_vector());
}

TEST_CASE("1.11 keys of the reference's base class are ignored, others are errors") {
  const Config config{
      {"filters", 3}, {"kernel_size", 3}, {"groups", 1}, {"kernel_initializer", "glorot_uniform"}};
  CHECK(SeparableConv2D::from_config(config).options().filters == 3);
  Config wrong = config;
  wrong.set("fitlers", 3);
  CHECK_THROWS_WITH_AS(
      SeparableConv2D::from_config(wrong),
      "separable_conv2d: a config must only have entries that are arguments; got 'fitlers'",
      TypeError);
}

TEST_CASE("1.11 a function without a name cannot stand in a config") {
  const SeparableConv2D layer({.filters = 3,
                               .kernel_size = 3,
                               .activation = [](const Tensor& x) { return x; },
                               .name = "conv"});
  CHECK_THROWS_WITH_AS(layer.get_config(),
                       "conv: activation must have a name to stand in a config; it is a function "
                       "without one; name it or use a factory",
                       ValueError);
}

TEST_CASE("1.11 the old name is the same class") {
  CHECK(std::is_same_v<SeparableConvolution2D, SeparableConv2D>);
}
