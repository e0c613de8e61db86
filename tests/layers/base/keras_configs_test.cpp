// What Keras 2.9 writes for each layer that reel has, as `to_json` gives it, loads.
#include <doctest/doctest.h>

#include <string>

#include <reel/core/ops.h>
#include <reel/layers/base/layer_registry.h>
#include <reel/reel.h>

using namespace reel;

namespace {

// A chain with each of them, two images in: (28, 28, 1), then 13 x 13.
const char* const whole_net = R"({
"class_name": "Sequential", "keras_version": "2.9.0", "backend": "tensorflow",
"config": {"name": "sequential", "layers": [
{"class_name": "InputLayer", "config": {"batch_input_shape": [null, 28, 28, 1], "dtype": "float32",
 "sparse": false, "ragged": false, "name": "input_1"}},
{"class_name": "ZeroPadding2D", "config": {"name": "zero_padding2d", "trainable": true,
 "dtype": "float32", "padding": [[1, 1], [1, 1]], "data_format": "channels_last"}},
{"class_name": "Conv2D", "config": {"name": "conv2d", "trainable": true,
 "batch_input_shape": [null, 28, 28, 1], "dtype": "float32", "filters": 4, "kernel_size": [3, 3],
 "strides": [1, 1], "padding": "valid", "data_format": "channels_last", "dilation_rate": [1, 1],
 "groups": 1, "activation": "linear", "use_bias": true,
 "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": null}},
 "bias_initializer": {"class_name": "Zeros", "config": {}},
 "kernel_regularizer": {"class_name": "L2", "config": {"l2": 0.0010000000474974513}},
 "bias_regularizer": null, "activity_regularizer": null,
 "kernel_constraint": {"class_name": "MaxNorm", "config": {"max_value": 2, "axis": [0, 1, 2]}},
 "bias_constraint": null}},
{"class_name": "BatchNormalization", "config": {"name": "batch_normalization", "trainable": true,
 "dtype": "float32", "axis": [3], "momentum": 0.99, "epsilon": 0.001, "center": true, "scale": true,
 "beta_initializer": {"class_name": "Zeros", "config": {}},
 "gamma_initializer": {"class_name": "Ones", "config": {}},
 "moving_mean_initializer": {"class_name": "Zeros", "config": {}},
 "moving_variance_initializer": {"class_name": "Ones", "config": {}},
 "beta_regularizer": null, "gamma_regularizer": null, "beta_constraint": null,
 "gamma_constraint": null}},
{"class_name": "ReLU", "config": {"name": "re_lu", "trainable": true, "dtype": "float32",
 "max_value": 6.0, "negative_slope": 0.0, "threshold": 0.0}},
{"class_name": "MaxPooling2D", "config": {"name": "max_pooling2d", "trainable": true,
 "dtype": "float32", "pool_size": [2, 2], "padding": "valid", "strides": [2, 2],
 "data_format": "channels_last"}},
{"class_name": "SeparableConv2D", "config": {"name": "separable_conv2d", "trainable": true,
 "dtype": "float32", "filters": 4, "kernel_size": [3, 3], "strides": [1, 1], "padding": "same",
 "data_format": "channels_last", "dilation_rate": [1, 1], "groups": 1, "activation": "linear",
 "use_bias": true, "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": null}},
 "bias_initializer": {"class_name": "Zeros", "config": {}}, "kernel_regularizer": null,
 "bias_regularizer": null, "activity_regularizer": null, "kernel_constraint": null,
 "bias_constraint": null, "depth_multiplier": 2,
 "depthwise_initializer": {"class_name": "GlorotUniform", "config": {"seed": null}},
 "pointwise_initializer": {"class_name": "HeNormal", "config": {"seed": 1}},
 "depthwise_regularizer": null,
 "pointwise_regularizer": {"class_name": "L1L2", "config": {"l1": 0.009999999776482582, "l2": 0.0}},
 "depthwise_constraint": null,
 "pointwise_constraint": {"class_name": "UnitNorm", "config": {"axis": 0}}}},
{"class_name": "LeakyReLU", "config": {"name": "leaky_re_lu", "trainable": true,
 "dtype": "float32", "alpha": 0.30000001192092896}},
{"class_name": "DepthwiseConv2D", "config": {"name": "depthwise_conv2d", "trainable": true,
 "dtype": "float32", "kernel_size": [3, 3], "strides": [1, 1], "padding": "same",
 "data_format": "channels_last", "dilation_rate": [1, 1], "groups": 1, "activation": "linear",
 "use_bias": true, "bias_initializer": {"class_name": "Zeros", "config": {}},
 "bias_regularizer": null, "activity_regularizer": null, "bias_constraint": null,
 "depth_multiplier": 1,
 "depthwise_initializer": {"class_name": "VarianceScaling", "config": {"scale": 1.0,
  "mode": "fan_avg", "distribution": "uniform", "seed": null}},
 "depthwise_regularizer": null, "depthwise_constraint": {"class_name": "NonNeg", "config": {}}}},
{"class_name": "PReLU", "config": {"name": "p_re_lu", "trainable": true, "dtype": "float32",
 "alpha_initializer": {"class_name": "Zeros", "config": {}}, "alpha_regularizer": null,
 "alpha_constraint": null, "shared_axes": [1, 2]}},
{"class_name": "AveragePooling2D", "config": {"name": "average_pooling2d", "trainable": true,
 "dtype": "float32", "pool_size": [2, 2], "padding": "same", "strides": [2, 2],
 "data_format": "channels_last"}},
{"class_name": "ELU", "config": {"name": "elu", "trainable": true, "dtype": "float32",
 "alpha": 1.0}},
{"class_name": "UpSampling2D", "config": {"name": "up_sampling2d", "trainable": true,
 "dtype": "float32", "size": [2, 2], "data_format": "channels_last",
 "interpolation": "nearest"}},
{"class_name": "ThresholdedReLU", "config": {"name": "thresholded_re_lu", "trainable": true,
 "dtype": "float32", "theta": 1.0}},
{"class_name": "Dropout", "config": {"name": "dropout", "trainable": true, "dtype": "float32",
 "rate": 0.25, "noise_shape": [null, 1, 1, 4], "seed": null}},
{"class_name": "Sequential", "config": {"name": "sequential_1", "layers": [
 {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 14, 14, 4],
  "dtype": "float32", "sparse": false, "ragged": false, "name": "input_2"}},
 {"class_name": "Flatten", "config": {"name": "flatten", "trainable": true, "dtype": "float32",
  "data_format": "channels_last"}}]}},
{"class_name": "Reshape", "config": {"name": "reshape", "trainable": true, "dtype": "float32",
 "target_shape": [14, 14, 4]}},
{"class_name": "GlobalAveragePooling2D", "config": {"name": "global_average_pooling2d",
 "trainable": true, "dtype": "float32", "data_format": "channels_last", "keepdims": false}},
{"class_name": "Dense", "config": {"name": "dense", "trainable": false, "dtype": "float32",
 "units": 10,
 "activation": {"class_name": "LeakyReLU", "config": {"name": "leaky_re_lu_1", "trainable": true,
  "dtype": "float32", "alpha": 0.10000000149011612}},
 "use_bias": true,
 "kernel_initializer": {"class_name": "TruncatedNormal", "config": {"mean": 0.0, "stddev": 0.05,
  "seed": null}},
 "bias_initializer": {"class_name": "Constant", "config": {"value": 0.1}},
 "kernel_regularizer": null, "bias_regularizer": null, "activity_regularizer": null,
 "kernel_constraint": null, "bias_constraint": null}},
{"class_name": "Activation", "config": {"name": "activation", "trainable": true,
 "dtype": "float32", "activation": "relu"}},
{"class_name": "Softmax", "config": {"name": "softmax", "trainable": true, "dtype": "float32",
 "axis": -1}}]}})";

// Images out of numbers: (4, 3) words -> (4, 3, 2), as Keras 2.9 saves it.
const char* const decoder = R"({
"class_name": "Sequential", "keras_version": "2.9.0", "backend": "tensorflow",
"config": {"name": "decoder", "layers": [
{"class_name": "InputLayer", "config": {"batch_input_shape": [null, 4, 3], "dtype": "float32",
 "sparse": false, "ragged": false, "name": "embedding_input"}},
{"class_name": "Embedding", "config": {"name": "embedding", "trainable": true,
 "batch_input_shape": [null, null], "dtype": "float32", "input_dim": 7, "output_dim": 2,
 "embeddings_initializer": {"class_name": "RandomUniform",
  "config": {"minval": -0.05, "maxval": 0.05, "seed": null}},
 "embeddings_regularizer": null, "activity_regularizer": null, "embeddings_constraint": null,
 "mask_zero": false, "input_length": null}},
{"class_name": "Rescaling", "config": {"name": "rescaling", "trainable": true, "dtype": "float32",
 "scale": 0.00392156862745098, "offset": 0.5}},
{"class_name": "Conv2DTranspose", "config": {"name": "conv2d_transpose", "trainable": true,
 "dtype": "float32", "filters": 5, "kernel_size": [3, 3], "strides": [2, 2], "padding": "same",
 "data_format": "channels_last", "dilation_rate": [1, 1], "groups": 1, "activation": "relu",
 "use_bias": true, "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": null}},
 "bias_initializer": {"class_name": "Zeros", "config": {}}, "kernel_regularizer": null,
 "bias_regularizer": null, "activity_regularizer": null, "kernel_constraint": null,
 "bias_constraint": null, "output_padding": null}},
{"class_name": "LayerNormalization", "config": {"name": "layer_normalization", "trainable": true,
 "dtype": "float32", "axis": [3], "epsilon": 0.001, "center": true, "scale": true,
 "beta_initializer": {"class_name": "Zeros", "config": {}},
 "gamma_initializer": {"class_name": "Ones", "config": {}}, "beta_regularizer": null,
 "gamma_regularizer": null, "beta_constraint": null, "gamma_constraint": null}},
{"class_name": "GaussianNoise", "config": {"name": "gaussian_noise", "trainable": true,
 "dtype": "float32", "stddev": 0.1}},
{"class_name": "Cropping2D", "config": {"name": "cropping2d", "trainable": true,
 "dtype": "float32", "cropping": [[1, 0], [0, 2]], "data_format": "channels_last"}},
{"class_name": "Permute", "config": {"name": "permute", "trainable": true, "dtype": "float32",
 "dims": [3, 1, 2]}}]}})";

std::string layer_json(const std::string& class_name, const std::string& entries) {
  return R"({"name": "net", "build_input_shape": [null, 28, 28, 1], "layers": [{"class_name": ")" +
         class_name + R"(", "config": {"name": "layer", "trainable": true, "dtype": "float32")" +
         (entries.empty() ? "" : ", ") + entries + "}}]}";
}

}  // namespace

TEST_CASE(
    "a net of all layers that Keras 2.9 saved loads, computes, and comes back from its config") {
  const VariableStore store;
  Sequential net = Sequential::from_config(Config::from_json(whole_net));
  CHECK(net.size() == 21);
  CHECK(net.name() == "sequential");
  const Tensor x = randn({2, 28, 28, 1}, float32, RandomKey{1, 2, 3});
  const Tensor y = net(x);
  CHECK(y.shape() == Shape{2, 10});
  CHECK(sum(y).item() == doctest::Approx(2));
  CHECK(net.compute_output_shape({Shape::unknown, 28, 28, 1}) == Shape{Shape::unknown, 10});
  CHECK_FALSE(net[18].trainable());
  Sequential copy = Sequential::from_config(Config::from_json(net.get_config().json()));
  CHECK(copy.get_config() == net.get_config());
  copy.build({Shape::unknown, 28, 28, 1});
  copy.set_weights(net.get_weights());
  CHECK(copy(x).to_vector() == y.to_vector());
  CHECK_THROWS_WITH_AS(net(ones({2, 27, 28, 1})),
                       "sequential/input_1: input extent must be 28 (axis 1); got (2, 27, 28, 1)",
                       ValueError);
  CHECK_THROWS_WITH_AS(net(ones({2, 28, 28, 1}, float64)),
                       "sequential/input_1: input must be float32; got float64", TypeError);
}

TEST_CASE("a decoder that Keras 2.9 saved loads, computes, and comes back from its config") {
  const VariableStore store;
  Sequential net = Sequential::from_config(Config::from_json(decoder));
  const Tensor x = reshape(cast(Tensor({0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4}), float32), {1, 4, 3});
  const Tensor y = net(x);
  CHECK(y.shape() == Shape{1, 5, 7, 4});
  CHECK(net.compute_output_shape({Shape::unknown, 4, 3}) == Shape{Shape::unknown, 5, 7, 4});
  Sequential copy = Sequential::from_config(Config::from_json(net.get_config().json()));
  CHECK(copy.get_config() == net.get_config());
  copy.build({Shape::unknown, 4, 3});
  copy.set_weights(net.get_weights());
  CHECK(copy(x).to_vector() == y.to_vector());
}

TEST_CASE("layers of several inputs, and other forms that Keras 2.9 writes, load alone") {
  const VariableStore store;
  using Case = std::pair<const char*, const char*>;
  for (const Case& c : std::initializer_list<Case>{
           {"Add", ""},
           {"Concatenate", R"("axis": -1)"},
           {"GlobalMaxPooling2D", R"("data_format": "channels_first", "keepdims": true)"},
           {"Softmax", R"("axis": [1, 2])"},
           {"PReLU", R"("alpha_initializer": {"class_name": "Zeros", "config": {}},
             "alpha_regularizer": null, "alpha_constraint": null, "shared_axes": null)"},
           {"ReLU", R"("max_value": null, "negative_slope": 0.0, "threshold": 0.0)"},
           {"BatchNormalization", R"("axis": [1])"},
           {"Subtract", ""},
           {"Multiply", ""},
           {"Average", ""},
           {"Maximum", ""},
           {"Minimum", ""},
           {"GaussianNoise", R"("stddev": 0.1, "seed": null)"},
           {"GaussianNoise", R"("stddev": 0.1)"},
           {"LayerNormalization", R"("axis": [1, 2])"},
           {"LayerNormalization", R"("axis": -1, "epsilon": 1e-05)"},
           {"Cropping2D", R"("cropping": [[0, 0], [0, 0]], "data_format": "channels_first")"},
           {"Permute", R"("dims": [2, 1])"},
           {"Rescaling", R"("scale": 2, "offset": 0)"},
           {"Conv2DTranspose", R"("filters": 1, "kernel_size": [2, 2], "strides": [2, 2],
             "padding": "same", "output_padding": [1, 1])"},
           {"Dropout", R"("rate": 0.5, "noise_shape": null, "seed": 3)"}}) {
    CAPTURE(c.first);
    const Sequential net =
        Sequential::from_config(Config::from_json(layer_json(c.first, c.second)));
    CHECK(net.size() == 1);
    const Layer& layer = net[0];
    CHECK(layer.name() == "layer");
    CHECK(detail::class_name(typeid(layer)) == c.first);
    const Sequential copy = Sequential::from_config(Config::from_json(net.get_config().json()));
    CHECK(copy.get_config() == net.get_config());
  }
}

TEST_CASE("each activation that Keras 2.9 writes as a layer is that function in every layer") {
  const Tensor x({{-2.0, -0.25, 0.5, 7.0}}, float64);
  const auto of = [](const char* name, const char* entries) {
    return Config::from_json(std::string(R"({"activation": {"class_name": ")") + name +
                             R"(", "config": {"name": "act", "trainable": true, "dtype": "float32",
           "batch_input_shape": [null, 3])" +
                             (*entries ? ", " : "") + entries + "}}}");
  };
  const auto check = [&](const char* name, const char* entries, const Tensor& want) {
    CAPTURE(name);
    const auto layer = layers::Activation::from_config(of(name, entries));
    CHECK(layer.options().activation(x).to_vector() == want.to_vector());
    Config dense = of(name, entries);
    dense.set("units", 2);
    CHECK(Dense::from_config(dense).options().activation == layer.options().activation);
  };
  check("ReLU", R"("max_value": 6.0, "negative_slope": 0.5, "threshold": 0.0)",
        Tensor({{-1.0, -0.125, 0.5, 6.0}}, float64));
  check("LeakyReLU", R"("alpha": 0.5)", Tensor({{-1.0, -0.125, 0.5, 7.0}}, float64));
  check("ELU", R"("alpha": 0.5)", elu(x, 0.5));
  check("ThresholdedReLU", R"("theta": 1.0)", Tensor({{0.0, 0.0, 0.0, 7.0}}, float64));
  check("Softmax", R"("axis": -1)", softmax(x));
  CHECK_THROWS_WITH_AS(layers::Activation::from_config(Config::from_json(
                           R"({"activation": {"class_name": "relu", "config": {"name": "a"}}})")),
                       "activation: activation: 'relu' has no parameter 'name'", TypeError);
}

TEST_CASE("what Keras means by an entry that reel cannot do is refused, not left out") {
  const auto refuses = [](const char* name, const char* entries, const char* message) {
    CHECK_THROWS_WITH_AS(Sequential::from_config(Config::from_json(layer_json(name, entries))),
                         message, ValueError);
  };
  const std::string conv = R"("filters": 4, "kernel_size": [3, 3], "groups": )";
  refuses("Conv2D", (conv + "3").c_str(),
          "net/layer: filters must be divisible by groups; got 4 filters and 3 groups");
  refuses("Conv2D", (conv + "0").c_str(), "net/layer: groups must be >= 1; got 0");
  refuses("Conv2DTranspose", (conv + "2").c_str(),
          "conv2d_transpose: config entry groups must be 1, since grouped convolution is not there "
          "yet; got {\"groups\":2}");
  refuses("Embedding", R"("input_dim": 3, "output_dim": 2, "mask_zero": true)",
          "embedding: config entry mask_zero must be false, since layers take no masks; got "
          "{\"mask_zero\":true}");
  refuses("DepthwiseConv2D", R"("kernel_size": [3, 3], "groups": 4)",
          "depthwise_conv2d: config entry groups must be 1; got {\"groups\":4}");
  refuses("InputLayer", R"("sparse": true)",
          "input_layer: config entry sparse must be false, since tensors are dense; got "
          "{\"sparse\":true}");
  refuses("InputLayer", R"("ragged": true)",
          "input_layer: config entry ragged must be false, since tensors are dense; got "
          "{\"ragged\":true}");
  CHECK_THROWS_WITH_AS(Sequential::from_config(Config::from_json(
                           layer_json("BatchNormalization", R"("axis": [1, 3])"))),
                       "batch_normalization: config entry axis must be an integer; got "
                       "{\"axis\":[1,3]}",
                       TypeError);
  CHECK_THROWS_WITH_AS(
      Sequential::from_config(Config::from_json(layer_json("Conv2D", conv + "true"))),
      "conv2d: config entry groups must be an integer; got {\"groups\":true}", TypeError);
  for (const char* groups : {"1", "2", "null"})
    CHECK_NOTHROW(Sequential::from_config(Config::from_json(layer_json("Conv2D", conv + groups))));
}
