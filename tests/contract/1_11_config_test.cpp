// Contract 1.11: what a layer was made with, as names and values, and back.
#include <reel/core/ops/random.h>
#include <reel/layers/base/layer_registry.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/sequential.h>

#include "separable.h"

using namespace reel;
using namespace reel::test;

// Proves: 0 get_config; 1.11 keys
TEST_CASE("1.11 a config names every argument in order and prints as JSON") {
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

// Proves: 1.11 from_config
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
  CHECK_FALSE(copy.built());  // a config holds no weights
  copy.build({2, 6, 5, 4});
  copy.set_weights(layer.get_weights());
  CHECK(copy(images({2, 6, 5, 4}, float64)).to_vector() == y.to_vector());
}

// Proves: 1.11 a copy
TEST_CASE("1.11 a config is a copy: changing it changes no layer") {
  const VariableStore store;
  const SeparableConv2D layer({.filters = 3, .kernel_size = 3});
  Config config = layer.get_config();
  config.set("filters", 7);
  CHECK(layer.options().filters == 3);
  CHECK(layer.get_config()["filters"] == ConfigValue(3));
}

// Proves: 1.11 values
TEST_CASE("1.11 no activation is linear, and an inferred dtype is none until it is known") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3, .kernel_size = 3});
  CHECK(layer.get_config()["activation"] == ConfigValue("linear"));
  CHECK(layer.get_config()["dtype"].is_none());
  layer(images());
  CHECK(layer.get_config()["dtype"] == ConfigValue("float32"));
}

// Proves: 1.2 input_shape; 1.11 the reference's configs
TEST_CASE("1.11 a config of TensorFlow's own makes the layer") {
  const SeparableConv2D layer = SeparableConv2D::from_config(Config::from_json(R"({
    "name": "conv", "trainable": true, "dtype": "float32", "batch_input_shape": [null, 7, 9, 4],
    "input_shape": [1, 1, 4],
    "filters": 3, "kernel_size": [3, 3], "strides": [1, 1], "padding": "same",
    "data_format": "channels_last", "dilation_rate": [1, 1], "groups": 1, "activation": "relu",
    "use_bias": true,
    "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": null}},
    "bias_initializer": {"class_name": "Zeros", "config": {"dtype": "float32"}},
    "kernel_regularizer": null, "bias_regularizer": null, "activity_regularizer": null,
    "kernel_constraint": null, "bias_constraint": null, "depth_multiplier": 2,
    "depthwise_initializer": {"class_name": "RandomNormal",
                              "config": {"mean": 0.0, "stddev": 0.1, "seed": 3}},
    "pointwise_initializer": null,
    "depthwise_regularizer": {"class_name": "L2", "config": {"l2": 0.5}},
    "pointwise_regularizer": {"class_name": "L1L2", "config": {"l1": 0.25, "l2": 0.0}},
    "depthwise_constraint": {"class_name": "MaxNorm", "config": {"max_value": 2, "axis": [0, 1]}},
    "pointwise_constraint": {"class_name": "UnitNorm", "config": {"axis": 0}}})"));
  const SeparableConv2DOptions& o = layer.options();
  CHECK(layer.name() == "conv");
  CHECK(layer.dtype() == float32);
  CHECK(o.input_shape == Shape{7, 9, 4});
  CHECK(o.depth_multiplier == 2);
  CHECK(o.activation.name() == "relu");
  CHECK(o.bias_initializer.name() == "zeros");
  CHECK(o.depthwise_initializer == random_normal({.stddev = 0.1, .seed = 3}));
  CHECK_FALSE(o.pointwise_initializer);
  CHECK(o.depthwise_regularizer == l2(0.5));
  CHECK(o.pointwise_regularizer(Tensor({2.0, -2.0}, float64)).item() == 1);
  CHECK(o.depthwise_constraint == max_norm(2.0, {0, 1}));
  CHECK(o.pointwise_constraint == unit_norm(0));
}

// Proves: 0 keyword arguments; 1.2 groups and the other dead keys; 1.2 an unknown one; 1.3 b; 8.18
TEST_CASE("1.11 keys of the reference's base class are ignored, others are errors") {
  const Config config{{"filters", 3},
                      {"kernel_size", 3},
                      {"groups", 1},
                      {"kernel_initializer", "glorot_uniform"},
                      {"kernel_regularizer", nullptr},
                      {"kernel_constraint", nullptr},
                      {"conv_op", nullptr}};
  const SeparableConv2D layer = SeparableConv2D::from_config(config);
  CHECK(layer.options().filters == 3);
  const Config written = layer.get_config();
  for (const auto& [name, value] : written.entries())
    CHECK((name == "filters" || name == "kernel_size" || !config.contains(name)));
  Config wrong = config;
  wrong.set("fitlers", 3);
  CHECK_THROWS_WITH_AS(
      SeparableConv2D::from_config(wrong),
      "separable_conv2d: a config must only have entries that are arguments; got 'fitlers'",
      TypeError);
}

// Proves: 0 get_config
TEST_CASE("1.11 a function without a name cannot stand in a config") {
  const SeparableConv2D layer({.filters = 3,
                               .kernel_size = 3,
                               .activation = [](const Tensor& x) { return x; },
                               .name = "conv"});
  CHECK_THROWS_WITH_AS(layer.get_config(),
                       "conv: activation must have a name to stand in a config; it is a function "
                       "without one; name it or use a factory",
                       ValueError);
  const SeparableConv2DOptions good{.filters = 3, .kernel_size = 3};
  const Initializer first = pattern(3, 0);
  const Regularizer penalty = [](const Tensor& w) { return sum(w); };
  const Constraint projection = [](const Variable& w) { return w.stored(); };
  const auto check = [&](const char* field, auto member, const auto& function) {
    SeparableConv2DOptions options = good;
    options.*member = function;
    const std::string message = fmt::format(
        "separable_conv2d: {} must have a name to stand in a config; it is a function without one; "
        "name it or use a factory",
        field);
    CHECK_THROWS_WITH_AS(SeparableConv2D(options).get_config(), message.c_str(), ValueError);
  };
  using O = SeparableConv2DOptions;
  check("depthwise_initializer", &O::depthwise_initializer, first);
  check("pointwise_initializer", &O::pointwise_initializer, first);
  check("bias_initializer", &O::bias_initializer, first);
  check("depthwise_regularizer", &O::depthwise_regularizer, penalty);
  check("pointwise_regularizer", &O::pointwise_regularizer, penalty);
  check("bias_regularizer", &O::bias_regularizer, penalty);
  check("activity_regularizer", &O::activity_regularizer, penalty);
  check("depthwise_constraint", &O::depthwise_constraint, projection);
  check("pointwise_constraint", &O::pointwise_constraint, projection);
  check("bias_constraint", &O::bias_constraint, projection);
}

TEST_CASE("1.11 a constant array as initializer survives JSON") {
  const SeparableConv2D layer(
      {.filters = 2, .kernel_size = 1, .bias_initializer = constant(Tensor({0.5, 3.0}))});
  const Config config = Config::from_json(layer.get_config().json());
  const SeparableConv2D copy = SeparableConv2D::from_config(config);
  CHECK(copy.options().bias_initializer({2}, float32).to_vector() == std::vector<double>{0.5, 3});
}

// Proves: 1.11 old name
TEST_CASE("1.11 the old name is the same class") {
  CHECK(std::is_same_v<SeparableConvolution2D, SeparableConv2D>);
}

// --- chains ------------------------------------------------------------------------------------

namespace {

struct Shifted : Layer {
  using Options = LayerOptions;
  explicit Shifted(Options options) : Layer(options) {}
  static Shifted from_config(const Config& config) {
    return Shifted(LayerOptions{.name = *config["name"].get<std::string>()});
  }
  Config get_config() const override { return {{"name", name()}}; }
  using Layer::call;
  Tensor call(const Tensor& x, const Call&) override { return x + 1.0; }
};

}  // namespace

// Proves: 1.11 chains
TEST_CASE("1.11 a chain made from its config computes the same with the same weights") {
  const VariableStore store;
  Sequential net("net");
  net.add<SeparableConv2D>({.filters = 3, .kernel_size = 3, .activation = "relu"});
  Sequential& inner = net.add<Sequential>("inner");
  inner.add<SeparableConv2D>({.filters = 2, .kernel_size = 1, .trainable = false});
  register_layer<Shifted>();
  inner.add<Shifted>();
  const Tensor y = net(images());
  Sequential copy = Sequential::from_config(Config::from_json(net.get_config().json()));
  CHECK(copy.get_config() == net.get_config());
  CHECK_FALSE(copy.built());
  {
    const VariableStore another;  // or the names of the first would be taken
    Sequential same = Sequential::from_config(net.get_config());
    same.build(images().shape());
    same.set_weights(net.get_weights());
    CHECK(same(images()).to_vector() == y.to_vector());
    CHECK(names_of(same.variables()) == names_of(net.variables()));
    CHECK(same.trainable_variables().size() == 3);
  }
}

// Proves: 1.11 chains
TEST_CASE("1.11 a chain's config says what is wrong with it") {
  const VariableStore store;
  Sequential net("net");
  struct Unknown : Shifted {
    using Shifted::Shifted;
  };
  net.add<Unknown>();
  CHECK_THROWS_WITH_AS(Sequential::from_config(net.get_config()),
                       "net: the class of a layer must be known; got 'Unknown'; "
                       "register_layer<Unknown>() makes it known",
                       ValueError);
  CHECK_THROWS_WITH_AS(Sequential::from_config({{"layers", 3}}),
                       "sequential: config entry layers must be a list of layers", TypeError);
  CHECK_THROWS_WITH_AS(Sequential::from_config({{"layers", ConfigValue::List{"Dense"}}}),
                       "sequential: a layer in a config must be an object with class_name and "
                       "config; got {\"layer\":\"Dense\"}",
                       TypeError);
  Sequential guest("guest");
  guest.share(net[0]);
  CHECK_THROWS_WITH_AS(guest.get_config(),
                       "guest: a chain must own its layers to have a config; net/unknown belongs "
                       "elsewhere",
                       ValueError);
}
