// FoldedLayer: what is taken into a layer's kernel, bias and activation, and what is not.
#include <doctest/doctest.h>

#include <functional>

#include <reel/layers/activation_layer.h>
#include <reel/layers/advanced_activations.h>
#include <reel/layers/base/layer_registry.h>
#include <reel/layers/batch_normalization.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/conv2d_transpose.h>
#include <reel/layers/dense.h>
#include <reel/layers/depthwise_conv2d.h>
#include <reel/layers/fold_batch_normalization.h>
#include <reel/layers/pooling2d.h>
#include <reel/layers/separable_conv2d.h>

#include "folded_nets.h"

using namespace reel;
using namespace reel::test;

namespace {

// Adds a layer that makes 6 channels of 3, in that data format.
struct LinearLayer {
  const char* kind;
  std::function<void(Sequential&, const char* data_format, bool use_bias)> add;
};

const std::vector<LinearLayer> linear_layers{
    {"Conv2D",
     [](Sequential& net, const char* format, bool bias) {
       net.add<Conv2D>({.filters = 6,
                        .kernel_size = {3, 2},
                        .strides = 2,
                        .padding = "same",
                        .data_format = format,
                        .use_bias = bias});
     }},
    {"Conv2D",
     [](Sequential& net, const char* format, bool bias) {
       net.add<Conv2D>(
           {.filters = 6, .kernel_size = 3, .data_format = format, .groups = 3, .use_bias = bias});
     }},
    {"SeparableConv2D",
     [](Sequential& net, const char* format, bool bias) {
       net.add<SeparableConv2D>({.filters = 6,
                                 .kernel_size = 3,
                                 .data_format = format,
                                 .dilation_rate = 2,
                                 .depth_multiplier = 2,
                                 .use_bias = bias});
     }},
    {"DepthwiseConv2D",
     [](Sequential& net, const char* format, bool bias) {
       net.add<DepthwiseConv2D>({.kernel_size = 3,
                                 .padding = "same",
                                 .depth_multiplier = 2,
                                 .data_format = format,
                                 .use_bias = bias});
     }},
    {"Conv2DTranspose",
     [](Sequential& net, const char* format, bool bias) {
       net.add<Conv2DTranspose>({.filters = 6,
                                 .kernel_size = 3,
                                 .strides = 2,
                                 .output_padding = 1,
                                 .data_format = format,
                                 .use_bias = bias});
     }},
};

// Not linear, though its base is.
struct Doubled : Conv2D {
  using Conv2D::Conv2D;
  static Doubled from_config(const Config& config) {
    return Doubled(
        Options{.filters = 2, .kernel_size = 1, .name = *config["name"].get<std::string>()});
  }
  Tensor call(const Tensor& x, const Call& call) override {
    return 2.0 * relu(Conv2D::call(x, call));
  }
};

}  // namespace

TEST_CASE("a batch normalization is folded into each kind of layer, with and without all it has") {
  for (const LinearLayer& linear : linear_layers)
    for (const char* format : {"channels_last", "channels_first"})
      for (const DType dtype : {float64, float32})
        for (const bool bias : {true, false})
          for (const bool center : {true, false})
            for (const bool scale : {true, false})
              for (const bool fused : {true, false}) {
                CAPTURE(linear.kind);
                CAPTURE(format);
                CAPTURE(name_of(dtype));
                CAPTURE(bias);
                CAPTURE(center);
                CAPTURE(scale);
                const VariableStore store;
                const bool last = std::string(format) == "channels_last";
                Sequential net("net");
                linear.add(net, format, bias);
                net.add<BatchNormalization>({.axis = last ? -1 : 1,
                                             .epsilon = 0.01,
                                             .center = center,
                                             .scale = scale,
                                             .fused = fused});
                const Tensor x = numbers(last ? Shape{3, 7, 6, 3} : Shape{3, 3, 7, 6}, dtype);
                net(x);
                seem_trained(net);
                const auto folded = fold_batch_normalization(net);
                CHECK(classes_of(*folded) == Classes{linear.kind});
                CHECK(folded->get_config()["layers"].get<ConfigValue::List>()->size() == 1);
                check_same(net, *folded, x);
                const Tensor none = last ? zeros({0, 7, 6, 3}, dtype) : zeros({0, 3, 7, 6}, dtype);
                CHECK((*folded)(none).shape() == net(none).shape());
              }
}

TEST_CASE("a batch normalization is folded into a dense layer of any rank") {
  for (const Shape& shape : {Shape{5, 4}, Shape{2, 3, 4}}) {
    const VariableStore store;
    Sequential net("net");
    net.add<Dense>({.units = 3, .use_bias = false});
    net.add<BatchNormalization>({.axis = shape.rank() - 1});
    net(numbers(shape, float64));
    seem_trained(net);
    const auto folded = fold_batch_normalization(net);
    CHECK(classes_of(*folded) == Classes{"Dense"});
    check_same(net, *folded, numbers(shape, float64));
  }
}

TEST_CASE("the activation behind it becomes that of the folded layer") {
  const auto check = [](const char* name, const auto& add) {
    CAPTURE(name);
    const VariableStore store;
    Sequential net("net");
    net.add<Conv2D>({.filters = 4, .kernel_size = 2});
    net.add<BatchNormalization>();
    add(net);
    const Tensor x = numbers({2, 5, 5, 3}, float64);
    net(x);
    seem_trained(net);
    const auto folded = fold_batch_normalization(net);
    CHECK(classes_of(*folded) == Classes{"Conv2D"});
    const auto& conv = dynamic_cast<const Conv2D&>((*folded)[0]);
    CHECK(conv.options().activation.name() == name);
    check_same(net, *folded, x);
  };
  check("relu", [](Sequential& net) { net.add<layers::Activation>("relu"); });
  check("tanh", [](Sequential& net) { net.add<layers::Activation>({.activation = tanh}); });
  check("linear", [](Sequential& net) { net.add<layers::Activation>({.name = "nothing"}); });
  check("relu", [](Sequential& net) {
    net.add<layers::Activation>(activations::relu({.alpha = 0.1, .max_value = 1.5}));
  });
  check("relu", [](Sequential& net) {
    net.add<ReLU>({.max_value = 1.5, .negative_slope = 0.2, .threshold = 0.5, .name = "mine"});
  });
  check("leaky_relu", [](Sequential& net) { net.add<LeakyReLU>({.input_shape = Shape{4, 4, 4}}); });
  check("relu", [](Sequential& net) { net.add<ThresholdedReLU>({.theta = 0.3}); });
  check("elu", [](Sequential& net) { net.add<ELU>({.alpha = 0.7}); });
  check("softmax", [](Sequential& net) { net.add<Softmax>({.axis = {1, 2}}); });
}

TEST_CASE("a plain relu behind it is the one that a convolution computes on the way") {
  const VariableStore store;
  Sequential net("net");
  net.add<Conv2D>({.filters = 4, .kernel_size = 2});
  net.add<BatchNormalization>();
  net.add<ReLU>();
  net.build({1, 5, 5, 3});
  const auto folded = fold_batch_normalization(net);
  CHECK(dynamic_cast<const Conv2D&>((*folded)[0]).options().activation == activations::relu());
}

TEST_CASE("what does not follow directly, or not over the channels, is left as it is") {
  const auto check = [](const char* what, const Classes& expected, const auto& add) {
    CAPTURE(what);
    const VariableStore store;
    Sequential net("net");
    add(net);
    const Tensor x = numbers({2, 6, 6, 3}, float64);
    net(x);
    seem_trained(net);
    const auto folded = fold_batch_normalization(net);
    CHECK(classes_of(*folded) == expected);
    check_same(net, *folded, x);
  };
  check("first in the net", {"BatchNormalization", "ReLU", "Conv2D"}, [](Sequential& net) {
    net.add<BatchNormalization>();
    net.add<ReLU>();
    net.add<Conv2D>({.filters = 2, .kernel_size = 3});
  });
  check("behind an activation", {"Conv2D", "BatchNormalization"}, [](Sequential& net) {
    net.add<Conv2D>({.filters = 2, .kernel_size = 3, .activation = "relu"});
    net.add<BatchNormalization>();
  });
  check("behind another layer", {"Conv2D", "MaxPooling2D", "BatchNormalization"},
        [](Sequential& net) {
          net.add<Conv2D>({.filters = 2, .kernel_size = 3});
          net.add<MaxPooling2D>();
          net.add<BatchNormalization>();
        });
  check("over the rows", {"Conv2D", "BatchNormalization", "ReLU"}, [](Sequential& net) {
    net.add<Conv2D>({.filters = 4, .kernel_size = 3});
    net.add<BatchNormalization>({.axis = 1});
    net.add<ReLU>();
  });
  check("over a middle axis of a dense layer's", {"Dense", "BatchNormalization"},
        [](Sequential& net) {
          net.add<Dense>({.units = 6});
          net.add<BatchNormalization>({.axis = 2});
        });
  check("an activation without a batch normalization", {"Conv2D", "ReLU"}, [](Sequential& net) {
    net.add<Conv2D>({.filters = 2, .kernel_size = 3});
    net.add<ReLU>();
  });
  check("behind the end of an inner chain", {"Sequential", "BatchNormalization"},
        [](Sequential& net) {
          net.add<Sequential>("inner").add<Conv2D>({.filters = 2, .kernel_size = 3});
          net.add<BatchNormalization>();
        });
  register_layer<Doubled>();
  check("behind a class of one's own", {"Doubled", "BatchNormalization"}, [](Sequential& net) {
    net.add<Doubled>({.filters = 2, .kernel_size = 1});
    net.add<BatchNormalization>();
  });
  check("a second one follows the first", {"Conv2D", "ReLU"}, [](Sequential& net) {
    net.add<Conv2D>({.filters = 2, .kernel_size = 3});
    net.add<BatchNormalization>();
    net.add<BatchNormalization>({.scale = false});
    net.add<ReLU>();
    net.add<ReLU>();
  });
}

TEST_CASE("a batch normalization whose folded numbers would not be finite is left as it is") {
  const VariableStore store;
  Sequential net("net");
  net.add<Dense>({.units = 2, .use_bias = false});
  auto& norm = net.add<BatchNormalization>({.epsilon = 0});
  net.add<ReLU>();
  net(ones({1, 2}));
  norm.moving_variance().assign(Tensor({1, 0}));
  CHECK(classes_of(*fold_batch_normalization(net)) ==
        Classes{"Dense", "BatchNormalization", "ReLU"});
  norm.moving_variance().assign(Tensor({1, 1e-30}));
  norm.gamma().assign(Tensor({1, 1e30}));  // its factor is beyond float32
  CHECK(classes_of(*fold_batch_normalization(net)) ==
        Classes{"Dense", "BatchNormalization", "ReLU"});
}
