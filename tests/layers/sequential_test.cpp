#include <doctest/doctest.h>

#include <reel/layers/separable_conv2d.h>
#include <reel/layers/sequential.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

// Proves: 0 training flag
TEST_CASE("a chain feeds each layer with the result of the one before") {
  struct AddOne : Layer {
    using Layer::Layer;
    Tensor call(const Tensor& x, const Call& call) override {
      return x + (call.training ? 10.0 : 1.0);
    }
  };
  const VariableStore store;
  Sequential net;
  net.add<AddOne>();
  net.add<AddOne>("last");
  CHECK(net(zeros({1})).item() == 2);
  CHECK(net(zeros({1}), {.training = true}).item() == 20);
  CHECK(net.size() == 2);
  CHECK(net[1].name() == "last");
  CHECK_THROWS_WITH_AS(net[2], "sequential: there are 2 layers; got position 2", ValueError);
}

TEST_CASE("an empty chain gives its input back") {
  Sequential net;
  const Tensor x = ones({3});
  CHECK(net(x).id() == x.id());
  CHECK(net.compute_output_shape({3, 4}) == Shape{3, 4});
}

TEST_CASE("build(shape) builds the whole chain") {
  const VariableStore store;
  Sequential net("net");
  net.add<SeparableConv2D>({.filters = 4, .kernel_size = 3});
  net.add<SeparableConv2D>({.filters = 5, .kernel_size = 3, .padding = "same"});
  net.build({Shape::unknown, 7, 9, 2});
  CHECK(net.variables().size() == 6);
  CHECK(net.count_params() == (9 * 2 + 2 * 4 + 4) + (9 * 4 + 4 * 5 + 5));
  CHECK(net.compute_output_shape({Shape::unknown, 7, 9, 2}) == Shape{Shape::unknown, 5, 7, 5});
  CHECK(net.variables()[3].name() == "net/separable_conv2d_1/depthwise_kernel");
}

TEST_CASE("a layer added to a chain that was called is built by the next call") {
  const VariableStore store;
  Sequential net;
  net.add<Affine>();
  net(ones({1, 2}));
  net.add<Affine>();
  net(ones({1, 2}));
  CHECK(net.variables().size() == 4);
}

TEST_CASE("a chain may hold a layer that cannot tell its output's shape") {
  const VariableStore store;
  Sequential net("net");
  net.add<Block>();
  CHECK(net(ones({1, 2})).shape() == Shape{1, 2});
  CHECK_THROWS_WITH_AS(
      net.compute_output_shape({1, 2}),
      "net/block: compute_output_shape must be overridden by the layer's class; it is not",
      RuntimeError);
}
