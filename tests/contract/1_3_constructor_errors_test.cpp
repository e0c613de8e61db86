// Contract 1.3: what the constructor refuses, in the order of its steps, with whole messages.
#include <reel/layers/conv2d.h>
#include <reel/layers/depthwise_conv2d.h>

#include "separable.h"

using namespace reel;
using namespace reel::test;

namespace {

const SeparableConv2DOptions good{.filters = 2, .kernel_size = 3};

using Change = void (*)(SeparableConv2DOptions&);

template <class E = ValueError>
void check_changed(Change change, const char* message) {
  SeparableConv2DOptions options = good;
  change(options);
  check_refused<E>(options, message);
}

}  // namespace

// Proves: 1.3 a, unknown name; 3 unknown name
TEST_CASE("1.3 an unknown name of a function is named with its argument and what is known") {
  check_changed(
      [](auto& o) { o.pointwise_constraint = "Max_Norm"; },
      "separable_conv2d: pointwise_constraint: Unknown constraint: 'Max_Norm'; known are max_norm, "
      "maxnorm, MaxNorm, non_neg, nonneg, NonNeg, unit_norm, unitnorm, UnitNorm, min_max_norm, "
      "MinMaxNorm, radial_constraint, RadialConstraint; a function can be given instead");
  check_changed(
      [](auto& o) { o.activity_regularizer = "l3"; },
      "separable_conv2d: activity_regularizer: Unknown regularizer: 'l3'; known are l1, L1, l2, "
      "L2, l1_l2, L1L2, orthogonal_regularizer, OrthogonalRegularizer; a function can be given "
      "instead");
}

// Proves: 1.3 a, activation of a wrong kind; 8.21
TEST_CASE("1.3 in a config, what cannot be an activation is a TypeError") {
  CHECK_THROWS_WITH_AS(
      SeparableConv2D::from_config({{"filters", 2}, {"kernel_size", 3}, {"activation", 3}}),
      "separable_conv2d: config entry activation must be a name, or an object with class_name and "
      "config; got {\"activation\":3}",
      TypeError);
}

// Proves: regularizers: test_deserialization_error; 1.3 a, other functions of a wrong kind; 8.21
TEST_CASE("1.3 in a config, what cannot be one of the other functions is a ValueError") {
  for (const char* entry : {"bias_initializer", "depthwise_regularizer", "pointwise_constraint"}) {
    Config config{{"filters", 2}, {"kernel_size", 3}};
    config.set(entry, Config{{"name", "ones"}});
    const std::string message = fmt::format(
        "separable_conv2d: config entry {} must be a name, or an object with class_name and "
        "config; got {{\"{}\":{{\"name\":\"ones\"}}}}",
        entry, entry);
    CHECK_THROWS_WITH_AS(SeparableConv2D::from_config(config), message.c_str(), ValueError);
  }
}

// Proves: 1.1.1 filters; 1.3 c
TEST_CASE("1.3 filters must be positive") {
  check_changed([](auto& o) { o.filters = 0; }, "separable_conv2d: filters must be >= 1; got 0");
  check_refused<ValueError>({.filters = -2, .kernel_size = 3, .name = "conv"},
                            "conv: filters must be >= 1; got -2");
}

// Proves: SeparableConv2DTest.testInvalidKernelSize; test_normalize_tuple; 1.1.2 kernel_size; 1.3 d
TEST_CASE("1.3 kernel_size must be given and positive") {
  check_refused<ValueError>({.filters = 2},
                            "separable_conv2d: kernel_size must be two numbers >= 1; got (0, 0)");
  check_changed(
      [](auto& o) {
        o.kernel_size = {3, -1};
      },
      "separable_conv2d: kernel_size must be two numbers >= 1; got (3, -1)");
}

// Proves: SeparableConv2DTest.testInvalidStrides; 1.1.3 strides; 1.3 e; 1.3 j; 8.20
TEST_CASE("1.3 strides must be positive, and 0 has an error of its own") {
  check_changed(
      [](auto& o) {
        o.strides = {1, -1};
      },
      "separable_conv2d: strides must be two numbers >= 0; got (1, -1)");
  check_changed(
      [](auto& o) {
        o.strides = {0, 2};
      },
      "separable_conv2d: strides must not contain 0; got (0, 2)");
}

// Proves: 1.3 f; 1.3 k; 8.19
TEST_CASE("1.3 padding must be valid or same, and causal says why not") {
  check_changed([](auto& o) { o.padding = "Full"; },
                "separable_conv2d: padding must be 'valid' or 'same'; got 'full'");
  check_changed([](auto& o) { o.padding = "causal"; },
                "separable_conv2d: padding 'causal' is for one-dimensional convolutions only; it "
                "must be 'valid' or 'same' here");
}

// Proves: SeparableConv2DTest.testInvalidDataFormat; 1.3 g
TEST_CASE("1.3 data_format must be one of two") {
  check_changed([](auto& o) { o.data_format = "invalid"; },
                "separable_conv2d: data_format must be 'channels_last' or 'channels_first'; got "
                "'invalid'");
}

// Proves: 1.1.6 dilation_rate; 1.3 h
TEST_CASE("1.3 dilation_rate must be positive") {
  check_changed(
      [](auto& o) {
        o.dilation_rate = {0, 1};
      },
      "separable_conv2d: dilation_rate must be two numbers >= 1; got (0, 1)");
}

// Proves: 0 depth_multiplier; 1.3 ours
TEST_CASE("1.3 depth_multiplier must be positive, which the reference does not check") {
  check_changed([](auto& o) { o.depth_multiplier = 0; },
                "separable_conv2d: depth_multiplier must be >= 1; got 0");
}

// Proves: 1.3 order
TEST_CASE("1.3 of several wrong arguments the error is about the one that is checked first") {
  struct Step {
    Change spoil;
    const char* message;  // its beginning
  };
  const Step steps[] = {
      {[](auto& o) { o.activation = "?"; }, "activation: Unknown activation"},
      {[](auto& o) { o.depthwise_initializer = "?"; }, "depthwise_initializer: Unknown init"},
      {[](auto& o) { o.pointwise_initializer = "?"; }, "pointwise_initializer: Unknown init"},
      {[](auto& o) { o.bias_initializer = "?"; }, "bias_initializer: Unknown init"},
      {[](auto& o) { o.depthwise_regularizer = "?"; }, "depthwise_regularizer: Unknown reg"},
      {[](auto& o) { o.pointwise_regularizer = "?"; }, "pointwise_regularizer: Unknown reg"},
      {[](auto& o) { o.bias_regularizer = "?"; }, "bias_regularizer: Unknown reg"},
      {[](auto& o) { o.activity_regularizer = "?"; }, "activity_regularizer: Unknown reg"},
      {[](auto& o) { o.depthwise_constraint = "?"; }, "depthwise_constraint: Unknown con"},
      {[](auto& o) { o.pointwise_constraint = "?"; }, "pointwise_constraint: Unknown con"},
      {[](auto& o) { o.bias_constraint = "?"; }, "bias_constraint: Unknown constraint"},
      {[](auto& o) { o.filters = 0; }, "filters must be >= 1"},
      {[](auto& o) { o.kernel_size = 0; }, "kernel_size must be two numbers >= 1"},
      {[](auto& o) { o.strides = -1; }, "strides must be two numbers >= 0"},
      {[](auto& o) { o.padding = "?"; }, "padding must be 'valid' or 'same'"},
      {[](auto& o) { o.data_format = "?"; }, "data_format must be"},
      {[](auto& o) { o.dilation_rate = 0; }, "dilation_rate must be two numbers >= 1"},
      {[](auto& o) { o.strides = 0; }, "strides must not contain 0"},
      {[](auto& o) { o.padding = "causal"; }, "padding 'causal' is for one-dimensional"},
      {[](auto& o) { o.strides = o.dilation_rate = 2; }, "strides or dilation_rate must be 1"},
      {[](auto& o) { o.depth_multiplier = 0; }, "depth_multiplier must be >= 1"},
  };
  SeparableConv2DOptions options = good;
  std::vector<std::string> found, want;
  for (std::size_t i = std::size(steps); i-- > 0;) {  // what comes later is wrong as well
    steps[i].spoil(options);
    want.push_back(fmt::format("separable_conv2d: {}", steps[i].message));
    try {
      const SeparableConv2D layer(options);
      found.push_back("no error");
    } catch (const ValueError& error) {
      found.push_back(std::string(error.what()).substr(0, want.back().size()));
    }
  }
  CHECK(found == want);
}

TEST_CASE("1.3 the other convolutions refuse the same windows") {
  check_refused<ValueError, Conv2D>({.filters = 2, .kernel_size = 3, .strides = {1, 0}},
                                    "conv2d: strides must not contain 0; got (1, 0)");
  check_refused<ValueError, DepthwiseConv2D>(
      {.kernel_size = 3, .dilation_rate = -1},
      "depthwise_conv2d: dilation_rate must be two numbers >= 1; got (-1, -1)");
  check_refused<ValueError, Conv2D>(
      {.filters = 2, .kernel_size = 3, .strides = 2, .dilation_rate = {1, 3}},
      "conv2d: strides or dilation_rate must be 1, since strides > 1 are not defined together with "
      "dilation_rate > 1; got strides (2, 2) and dilation_rate (1, 3)");
}

// Proves: 1.3 b
TEST_CASE("1.3 in a config, trainable is a flag and name a string") {
  CHECK_THROWS_WITH_AS(
      SeparableConv2D::from_config({{"filters", 2}, {"kernel_size", 3}, {"trainable", 1}}),
      "separable_conv2d: config entry trainable must be true or false; got {\"trainable\":1}",
      TypeError);
  CHECK_THROWS_WITH_AS(
      SeparableConv2D::from_config({{"filters", 2}, {"kernel_size", 3}, {"name", true}}),
      "separable_conv2d: config entry name must be a string; got {\"name\":true}", TypeError);
}

// Proves: 1.3 order
TEST_CASE("1.3 in a config, errors come in the same order: functions, unknown keys, then values") {
  const ConfigValue wrong_pair = ConfigValue::List{1, 2, 3};
  const struct {
    const char* key;
    ConfigValue value;
    const char* message;  // its beginning
  } steps[] = {
      {"activation", "?", "activation: Unknown activation: '?'"},
      {"bias_initializer", 3, "config entry bias_initializer must be a name"},
      {"activity_regularizer", "?", "activity_regularizer: Unknown regularizer: '?'"},
      {"pointwise_constraint", "?", "pointwise_constraint: Unknown constraint: '?'"},
      {"kernel", 3, "a config must only have entries that are arguments; got 'kernel'"},
      {"trainable", 1, "config entry trainable must be true or false"},
      {"name", 1, "config entry name must be a string"},
      {"filters", "2", "config entry filters must be an integer"},
      {"kernel_size", wrong_pair, "config entry kernel_size must be an integer or two"},
      {"strides", wrong_pair, "config entry strides must be an integer or two"},
      {"dilation_rate", wrong_pair, "config entry dilation_rate must be an integer or two"},
  };
  Config config{{"filters", 2}, {"kernel_size", 3}};
  std::vector<std::string> found, want;
  for (std::size_t i = std::size(steps); i-- > 0;) {  // what comes later is wrong as well
    config.set(steps[i].key, steps[i].value);
    want.push_back(fmt::format("separable_conv2d: {}", steps[i].message));
    try {
      SeparableConv2D::from_config(config);
      found.push_back("no error");
    } catch (const Error& error) {
      found.push_back(std::string(error.what()).substr(0, want.back().size()));
    }
  }
  CHECK(found == want);
}
