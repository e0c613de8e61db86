// Bias and relu of a depthwise convolution in one pass: the bits of the ops that a tape records.
#include <doctest/doctest.h>

#include <reel/core/ops.h>
#include <reel/core/tape.h>
#include <reel/layers/depthwise_conv2d.h>

#include "random_convolution.h"

using namespace reel;

namespace {

void check_bits(const Tensor& x, const Tensor& w, const Tensor& b,
                const ConvolutionOptions& options) {
  for (const auto activation : {FusedActivation::none, FusedActivation::relu}) {
    const Tensor y = depthwise_conv2d_with_bias(x, w, b, options, activation);
    Tape tape;
    tape.watch(x);
    const Tensor recorded = depthwise_conv2d_with_bias(x, w, b, options, activation);
    const Tensor sum = bias_add(depthwise_conv2d(x, w, options), b, options.data_format);
    const Tensor composed = activation == FusedActivation::relu ? relu(sum) : sum;
    REQUIRE(y.shape() == composed.shape());
    REQUIRE(y.to_vector() == composed.to_vector());
    REQUIRE(recorded.to_vector() == composed.to_vector());
    REQUIRE(tape.gradient(recorded, x).to_vector() == tape.gradient(composed, x).to_vector());
  }
}

}  // namespace

TEST_CASE("a depthwise convolution finished in one pass has the bits of the ops it is made of") {
  naive::Generator generator(20240301);
  for (int i = 0; i < 60; ++i) {
    const naive::Convolution c = generator.convolution(true);
    CAPTURE(c.str());
    for (const DType dtype : {float32, float64}) {
      const Tensor w = cast(generator.tensor(c.w_shape()), dtype);
      check_bits(cast(generator.tensor(c.x_shape()), dtype), w,
                 cast(generator.tensor({w.dim(2) * w.dim(3)}), dtype), c.options());
    }
  }
  // Images of several tiles of rows, read and written in place.
  check_bits(cast(generator.tensor({2, 60, 50, 32}), float32),
             cast(generator.tensor({3, 3, 32, 1}), float32), cast(generator.tensor({32}), float32),
             {.strides = 2, .padding = "same"});
}

TEST_CASE("a depthwise convolution with bias says what its bias must be, and may be empty") {
  const Tensor x = zeros({1, 5, 5, 2}), w = ones({3, 3, 2, 2});
  CHECK_THROWS_WITH_AS(depthwise_conv2d_with_bias(x, w, zeros({2})),
                       "depthwise_conv2d_with_bias: bias must have shape (4,); got (2,)",
                       ValueError);
  CHECK_THROWS_WITH_AS(
      depthwise_conv2d_with_bias(zeros({1, 5, 5, 3}), w, zeros({4})),
      "depthwise_conv2d_with_bias: input channels must be 2 (axis -1); got (1, 5, 5, 3)",
      ValueError);
  CHECK(depthwise_conv2d_with_bias(zeros({0, 5, 5, 2}), w, zeros({4})).shape() ==
        Shape{0, 3, 3, 4});
}

TEST_CASE("a depthwise layer gives the same with a tape and without") {
  DepthwiseConv2D layer({.kernel_size = 3, .activation = "relu", .bias_initializer = "ones"});
  naive::Generator generator(20240302);
  const Tensor x = cast(generator.tensor({2, 9, 9, 5}), float32);
  const Tensor y = layer(x);
  Tape tape;
  CHECK(layer(x).to_vector() == y.to_vector());
}
