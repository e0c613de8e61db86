// Contract 1.1: the constructor's arguments, their order, kinds and defaults.
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/functions/regularizers.h>

#include "separable.h"

using namespace reel;
using namespace reel::test;

// Proves: 1.1 order
TEST_CASE("1.1 the arguments stand in the reference's order") {
  const SeparableConv2DOptions o{1,         2,      3,       "same", "channels_first", 4,
                                 5,         "relu", false,   "ones", "zeros",          "he_normal",
                                 "l1",      "l2",   "l1_l2", "L1L2", "max_norm",       "unit_norm",
                                 "non_neg", false,  "conv"};
  CHECK(o.filters == 1);
  CHECK(o.kernel_size == Pair(2));
  CHECK(o.strides == Pair(3));
  CHECK(o.padding == Padding::same);
  CHECK(o.data_format == DataFormat::channels_first);
  CHECK(o.dilation_rate == Pair(4));
  CHECK(o.depth_multiplier == 5);
  CHECK(o.activation.name() == "relu");
  CHECK_FALSE(o.use_bias);
  CHECK(o.depthwise_initializer.name() == "ones");
  CHECK(o.pointwise_initializer.name() == "zeros");
  CHECK(o.bias_initializer.name() == "he_normal");
  CHECK(o.depthwise_regularizer.name() == "l1");
  CHECK(o.pointwise_regularizer.name() == "l2");
  CHECK(o.bias_regularizer.name() == "l1_l2");
  CHECK(o.activity_regularizer.name() == "L1L2");
  CHECK(o.depthwise_constraint.name() == "max_norm");
  CHECK(o.pointwise_constraint.name() == "unit_norm");
  CHECK(o.bias_constraint.name() == "non_neg");
  CHECK_FALSE(o.trainable);
  CHECK(o.name == "conv");
}

// Proves: 1.1 defaults
TEST_CASE("1.1 what is left out has the reference's default") {
  const SeparableConv2D layer({.filters = 2, .kernel_size = 3});
  const SeparableConv2DOptions& o = layer.options();
  CHECK(o.strides == Pair(1));
  CHECK(o.padding == Padding::valid);
  CHECK(o.data_format == DataFormat::channels_last);
  CHECK(o.dilation_rate == Pair(1));
  CHECK(o.depth_multiplier == 1);
  CHECK(o.activation.name() == "linear");
  CHECK(o.use_bias);
  CHECK_FALSE(o.depthwise_initializer);
  CHECK_FALSE(o.pointwise_initializer);
  CHECK(o.bias_initializer.name() == "zeros");
  for (const Regularizer& r : {o.depthwise_regularizer, o.pointwise_regularizer, o.bias_regularizer,
                               layer.activity_regularizer()})
    CHECK_FALSE(r);
  for (const Constraint& c : {o.depthwise_constraint, o.pointwise_constraint, o.bias_constraint})
    CHECK_FALSE(c);
  CHECK(layer.trainable());
  CHECK(o.name.empty());
  CHECK_FALSE(layer.dtype().has_value());
}

// Proves: SeparableConv2DTest.testCreateSeparableConv2DIntegerKernelSize; test_normalize_tuple;
//   0 pairs; 1.1.2 kernel_size; 1.1.3 strides; 1.1.6 dilation_rate
TEST_CASE("1.1 one number stands for both of a pair, and two are rows and columns") {
  const VariableStore store;
  SeparableConv2D one({.filters = 32, .kernel_size = 3, .dilation_rate = 2}),
      two({.filters = 32, .kernel_size = {3, 3}, .dilation_rate = {2, 2}}),
      unequal({.filters = 1, .kernel_size = {3, 2}, .strides = {1, 4}});
  CHECK(one(images()).shape() == two(images()).shape());
  CHECK(one.depthwise_kernel().shape() == Shape{3, 3, 4, 1});
  CHECK(unequal(images()).shape() == Shape{5, 5, 2, 1});
  CHECK(unequal.depthwise_kernel().shape() == Shape{3, 2, 4, 1});
}

// Proves: 1.1.4 padding; 1.1.5 data_format
TEST_CASE("1.1 padding and data_format are read in any letter case") {
  const SeparableConv2D layer(
      {.filters = 2, .kernel_size = 3, .padding = "SAME", .data_format = "Channels_First"});
  CHECK(layer.options().padding.name() == "same");
  CHECK(layer.options().data_format.name() == "channels_first");
}

// Proves: 1.1.5 data_format
TEST_CASE("1.1 no data_format is the one that is set for the process, channels_last at first") {
  const SeparableConv2DOptions options{.filters = 2, .kernel_size = 3, .data_format = nullptr};
  const Config config{{"filters", 2}, {"kernel_size", 3}, {"data_format", nullptr}};
  CHECK(options.data_format == DataFormat::channels_last);
  struct Restored {
    ~Restored() { set_image_data_format(DataFormat::channels_last); }
  } const restored;
  set_image_data_format("channels_first");
  CHECK(DataFormat(nullptr) == DataFormat::channels_first);
  CHECK(SeparableConv2D::from_config(config).options().data_format == DataFormat::channels_first);
  CHECK(options.data_format == DataFormat::channels_last);  // what was made stays
  CHECK(SeparableConv2D({.filters = 2, .kernel_size = 3}).options().data_format ==
        DataFormat::channels_last);
  CHECK_THROWS_WITH_AS(set_image_data_format("nhwc"),
                       "set_image_data_format: data_format must be 'channels_last' or "
                       "'channels_first'; got 'nhwc'",
                       ValueError);
}

// Proves: 1.1.8 activation; 3 name, object, function
TEST_CASE("1.1 an activation is a name, a name with parameters, an op or any function") {
  const auto activation = [](const Activation& given) {
    return SeparableConv2D({.filters = 2, .kernel_size = 3, .activation = given})
        .options()
        .activation;
  };
  CHECK(activation("tanh").name() == "tanh");
  CHECK(activation({"leaky_relu", {{"alpha", 0.5}}}) == activations::leaky_relu(0.5));
  CHECK(activation(relu).name() == "relu");
  const Activation given = [](const Tensor& x) { return x + 1.0; };
  CHECK(activation(given) == given);
}

// Proves: 1.1.10 to 12 initializers; 1.1.13 to 15 regularizers; 3 name, object, function
TEST_CASE("1.1 initializers and regularizers are a name, a name with parameters or a function") {
  const Initializer values = pattern(3, 0);
  const Regularizer penalty = [](const Tensor& x) { return sum(x); };
  const SeparableConv2D layer({.filters = 2,
                               .kernel_size = 3,
                               .depthwise_initializer = "he_normal",
                               .pointwise_initializer = {"constant", {{"value", 2.0}}},
                               .bias_initializer = values,
                               .depthwise_regularizer = "l2",
                               .pointwise_regularizer = {"l1", {{"l1", 0.5}}},
                               .bias_regularizer = penalty});
  const SeparableConv2DOptions& o = layer.options();
  CHECK(o.depthwise_initializer == he_normal());
  CHECK(o.pointwise_initializer({1}, float32).item() == 2);
  CHECK(o.bias_initializer == values);
  CHECK(o.depthwise_regularizer == l2());
  CHECK(o.pointwise_regularizer == l1(0.5));
  CHECK(o.bias_regularizer == penalty);
}

// Proves: 1.1.17 to 19 constraints
TEST_CASE("1.1 constraints are a name, a name with parameters or a function kept as it is") {
  const Constraint own = [](const Variable& w) { return w.stored(); };
  const SeparableConv2D layer({.filters = 2,
                               .kernel_size = 3,
                               .depthwise_constraint = "non_neg",
                               .pointwise_constraint = {"max_norm", {{"max_value", 0.5}}},
                               .bias_constraint = own});
  CHECK(layer.options().depthwise_constraint == non_neg());
  CHECK(layer.options().pointwise_constraint == max_norm(0.5));
  CHECK(layer.options().bias_constraint == own);
}

// Proves: 1.1.20 trainable; 1.1.21 name
TEST_CASE("1.1 trainable and name are kept as given") {
  const SeparableConv2D layer({.filters = 2, .kernel_size = 3, .trainable = false, .name = "conv"});
  CHECK_FALSE(layer.trainable());
  CHECK(layer.name() == "conv");
}
