#include <doctest/doctest.h>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "convolution_laws.h"

using namespace reel;

namespace {

constexpr unsigned seed = 20240229;

const naive::TrilinearOps ops{conv2d, conv2d_input_gradient, conv2d_filter_gradient, false};

const ConvolutionOptions same{.padding = "same"};

}  // namespace

TEST_CASE("a convolution is the sum of the definition, forward and in both gradients") {
  naive::check_definition(ops, seed, 300);
}

TEST_CASE("a convolution in float32 is close to float64") {
  naive::Generator generator(seed);
  const auto as_float = [](const Tensor& x) {
    const auto values = x.to_vector();
    return Tensor(std::vector<float>(values.begin(), values.end()), x.shape());
  };
  for (int i = 0; i < 50; ++i) {
    const naive::Convolution c = generator.convolution(false);
    CAPTURE(c.str());
    const Tensor x = generator.tensor(c.x_shape()), w = generator.tensor(c.w_shape());
    const Tensor y = conv2d(as_float(x), as_float(w), c.options());
    REQUIRE(y.dtype() == float32);
    REQUIRE(naive::difference(y, c.forward(x.to_vector(), w.to_vector())) < 1e-5);
  }
}

TEST_CASE("each of the three convolution ops has the other two as gradients, to second order") {
  naive::check_gradients_of_all(ops, seed + 1);
}

TEST_CASE("a convolution of empty batches, images and filters is empty, its gradients are zero") {
  const Tensor w = ones({3, 3, 2, 4});
  CHECK(conv2d(zeros({0, 5, 5, 2}), w).shape() == Shape{0, 3, 3, 4});
  CHECK(conv2d(zeros({2, 2, 5, 2}), w).shape() == Shape{2, 0, 3, 4});
  CHECK(conv2d(zeros({2, 0, 5, 2}), w, same).shape() == Shape{2, 0, 5, 4});
  CHECK(conv2d(zeros({1, 5, 5, 2}), zeros({3, 3, 2, 0})).shape() == Shape{1, 3, 3, 0});
  CHECK(conv2d(zeros({1, 3, 3, 0}), zeros({3, 3, 0, 2})).to_vector() ==
        std::vector<double>(2, 0.0));
  CHECK(conv2d_with_bias(zeros({1, 3, 3, 0}), zeros({3, 3, 0, 2}), Tensor({1.0f, -2.0f}), {},
                         FusedActivation::relu)
            .to_vector() == std::vector<double>{1, 0});
  CHECK(conv2d_with_bias(zeros({0, 5, 5, 2}), w, zeros({4})).shape() == Shape{0, 3, 3, 4});
  CHECK(conv2d_filter_gradient(zeros({0, 5, 5, 2}), w.shape(), zeros({0, 3, 3, 4})).to_vector() ==
        std::vector<double>(72, 0.0));
  CHECK(conv2d_input_gradient({1, 2, 5, 2}, w, zeros({1, 0, 3, 4})).to_vector() ==
        std::vector<double>(20, 0.0));
}

TEST_CASE("a convolution with bias says what its bias must be, and needs no gradient of all") {
  const Tensor x = zeros({1, 5, 5, 2}), w = ones({3, 3, 2, 4}), b = zeros({4});
  CHECK_THROWS_WITH_AS(conv2d_with_bias(x, w, zeros({3})),
                       "conv2d_with_bias: bias must have shape (4,); got (3,)", ValueError);
  CHECK_THROWS_WITH_AS(conv2d_with_bias(zeros({1, 5, 5, 3}), w, b),
                       "conv2d_with_bias: input channels must be a multiple of 2 (axis -1); got "
                       "(1, 5, 5, 3)",
                       ValueError);
  // The bias alone: its gradient counts the positions that relu let through.
  Tape tape;
  tape.watch(b);
  const Tensor y = conv2d_with_bias(ones({1, 5, 5, 2}), w, b, {}, FusedActivation::relu);
  CHECK(tape.gradient(sum(y), b).to_vector() == std::vector<double>(4, 9.0));
}

TEST_CASE("a pixel that no window sees has gradient zero") {
  const Tensor dx = conv2d_input_gradient({1, 5, 1, 1}, ones({1, 1, 1, 1}), ones({1, 2, 1, 1}),
                                          {.strides = {3, 1}});
  CHECK(dx.to_vector() == std::vector<double>{1, 0, 0, 1, 0});
}

TEST_CASE("a convolution's errors say what must hold and what was given") {
  const Tensor x = zeros({1, 5, 5, 2}), w = zeros({3, 3, 2, 4});
  CHECK_THROWS_WITH_AS(conv2d(zeros({5, 5, 2}), w),
                       "conv2d: the input must have rank 4; got (5, 5, 2)", ValueError);
  CHECK_THROWS_WITH_AS(conv2d(x, zeros({3, 3, 2})),
                       "conv2d: the kernel must have rank 4; got (3, 3, 2)", ValueError);
  CHECK_THROWS_WITH_AS(conv2d(x, zeros({0, 3, 2, 4})),
                       "conv2d: the kernel's rows and columns must be >= 1; got (0, 3, 2, 4)",
                       ValueError);
  CHECK_THROWS_WITH_AS(conv2d(x, zeros({3, 3, 3, 4})),
                       "conv2d: input channels must be a multiple of 3 (axis -1); got (1, 5, 5, 2)",
                       ValueError);
  CHECK_THROWS_WITH_AS(conv2d(x, w, {.data_format = "channels_first"}),
                       "conv2d: input channels must be a multiple of 2 (axis -3); got (1, 5, 5, 2)",
                       ValueError);
  CHECK_THROWS_WITH_AS(conv2d(x, w, {.strides = {0, 1}}),
                       "conv2d: strides must be >= 1; got (0, 1)", ValueError);
  CHECK_THROWS_WITH_AS(conv2d(x, w, {.dilations = {1, -2}}),
                       "conv2d: dilations must be >= 1; got (1, -2)", ValueError);
  CHECK_THROWS_WITH_AS(conv2d(x, w, {.padding = "full"}),
                       "conv2d: padding must be 'valid' or 'same'; got 'full'", ValueError);
  CHECK_THROWS_WITH_AS(conv2d(x, zeros({3, 3, 2, 4}, float64)),
                       "conv2d: dtypes must be equal; got float32 and float64; use cast",
                       TypeError);
  CHECK_THROWS_WITH_AS(
      conv2d(x, w, {.dilations = {3, 1}}),
      "conv2d: the output's size must be >= 0; got an input of 5 x 5 and, with its "
      "dilation, a kernel of 7 x 3; enlarge the input or use 'same' padding",
      ValueError);
  CHECK_THROWS_WITH_AS(conv2d_input_gradient(x.shape(), w, zeros({1, 3, 3, 5})),
                       "conv2d_input_gradient: dy must have shape (1, 3, 3, 4); got (1, 3, 3, 5)",
                       ValueError);
  CHECK_THROWS_WITH_AS(conv2d_filter_gradient(x, w.shape(), zeros({1, 3, 4, 4})),
                       "conv2d_filter_gradient: dy must have shape (1, 3, 3, 4); got (1, 3, 4, 4)",
                       ValueError);
}

TEST_CASE("bias_add adds a number a channel, in both data formats and any rank from 2") {
  const Tensor bias({10, 20}, float64);
  CHECK(bias_add(Tensor({{1, 2}, {3, 4}}, float64), bias).to_vector() ==
        std::vector<double>{11, 22, 13, 24});
  CHECK(bias_add(Tensor({{{1, 2}, {3, 4}}}, float64), bias, "channels_first").to_vector() ==
        std::vector<double>{11, 12, 23, 24});
  CHECK(bias_add(zeros({0, 3, 2}, float64), bias).shape() == Shape{0, 3, 2});
}

TEST_CASE("bias_add adds the only channel's number to all") {
  const Tensor x = naive::Generator(seed).tensor({3, 130, 131}), bias({10}, float64);
  const auto expected = (x + 10.0).to_vector();
  CHECK(bias_add(reshape(x, {3, 130, 131, 1}), bias).to_vector() == expected);
  CHECK(bias_add(reshape(x, {3, 1, 130, 131}), bias, "channels_first").to_vector() == expected);
}

TEST_CASE("bias_add hands dy on, and to the bias its sum over all other axes") {
  naive::Generator generator(seed);
  for (const char* format : {"channels_last", "channels_first"}) {
    const Tensor x = generator.tensor({2, 3, 2, 3}), bias = generator.tensor({3});
    CHECK(check_gradients(
        [&](const std::vector<Tensor>& xs) { return bias_add(xs[0], xs[1], format); }, {x, bias}));
  }
}

TEST_CASE("bias_add's errors say what must hold and what was given") {
  CHECK_THROWS_WITH_AS(bias_add(zeros({3}), zeros({3})),
                       "bias_add: x must have rank >= 2; got (3,)", ValueError);
  CHECK_THROWS_WITH_AS(bias_add(zeros({2, 3}), zeros({2})),
                       "bias_add: bias must have shape (3,), one number a channel; got (2,)",
                       ValueError);
  CHECK_THROWS_WITH_AS(bias_add(zeros({2, 3}), zeros({3}, float64)),
                       "bias_add: dtypes must be equal; got float32 and float64; use cast",
                       TypeError);
}
