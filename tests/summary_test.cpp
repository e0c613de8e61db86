#include <doctest/doctest.h>

#include <reel/layers/conv2d.h>
#include <reel/layers/separable_conv2d.h>
#include <reel/layers/sequential.h>
#include <reel/layers/summary.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

TEST_CASE("a summary lists layers, output shapes and parameters") {
  const VariableStore store;
  Sequential net("cnn");
  net.add<SeparableConv2D>({.filters = 32, .kernel_size = 3, .padding = "same"});
  net.add<Conv2D>({.filters = 40, .kernel_size = 3, .strides = 2, .trainable = false});
  CHECK(summary(net, {Shape::unknown, 28, 28, 1}).str() ==
        "cnn: input (?, 28, 28, 1)\n"
        "layer             output           parameters\n"
        "separable_conv2d  (?, 28, 28, 32)  73\n"
        "conv2d            (?, 13, 13, 40)  11,560 (11,560 fixed)\n"
        "11,633 parameters, 73 trainable\n");
}

TEST_CASE("layers below layers are indented, and one that never ran says so") {
  struct Half : Layer {
    using Layer::Layer;
    Block& used = child<Block>("used");
    Affine& idle = child<Affine>("idle");
    Tensor call(const Tensor& x, const Call& call) override { return used(x, call); }
  };
  const VariableStore store;
  Half net("half");
  CHECK(summary(net, {2, 3}).str() ==
        "half: input (2, 3)\n"
        "layer       output      parameters\n"
        "used        (2, 3)      0\n"
        "  affine    (2, 3)      6\n"
        "  affine_1  (2, 3)      6\n"
        "idle        not called  0\n"
        "12 parameters, 12 trainable\n");
}

TEST_CASE("a single layer is a row of its own") {
  const VariableStore store;
  Affine layer("scale");
  CHECK(summary(layer, {2, 3}).str() ==
        "scale: input (2, 3)\n"
        "layer  output  parameters\n"
        "scale  (2, 3)  6\n"
        "6 parameters, 6 trainable\n");
}

TEST_CASE("a summary leaves no losses of its call") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 1, .kernel_size = 1, .activity_regularizer = "l2"});
  summary(layer, {1, 4, 4, 1});
  CHECK(layer.losses().empty());
}
