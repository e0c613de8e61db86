#include <doctest/doctest.h>

#include <reel/core/ops.h>

#include "convolution_laws.h"

using namespace reel;

namespace {

constexpr unsigned seed = 7032024;

const naive::TrilinearOps ops{depthwise_conv2d, depthwise_conv2d_input_gradient,
                              depthwise_conv2d_filter_gradient, true};

}  // namespace

TEST_CASE("a depthwise convolution is the sum of the definition, forward and in both gradients") {
  naive::check_definition(ops, seed, 400);
}

TEST_CASE("one filter of one channel, which goes by planes, is the sum of the definition, too") {
  naive::Generator generator(seed);
  for (int i = 0; i < 200; ++i) {
    naive::Convolution c = generator.convolution(true);
    c.channels = c.filters = 1;
    c.columns = generator.number(5, 40);
    if (!c.possible()) continue;
    CAPTURE(c.str());
    const Tensor x = generator.tensor(c.x_shape()), w = generator.tensor(c.w_shape());
    const Tensor dy = generator.tensor(c.y_shape());
    const auto y = c.forward(x.to_vector(), w.to_vector());
    const auto dx = c.input_gradient(w.to_vector(), dy.to_vector());
    const auto dw = c.filter_gradient(x.to_vector(), dy.to_vector());
    const auto options = c.options();
    for (DType dtype : {float64, float32}) {
      const Tensor x_in = cast(x, dtype), w_in = cast(w, dtype), dy_in = cast(dy, dtype);
      const double most = dtype == float64 ? 1e-13 : 1e-4;
      REQUIRE(naive::difference(depthwise_conv2d(x_in, w_in, options), y) < most);
      REQUIRE(naive::difference(depthwise_conv2d_input_gradient(x.shape(), w_in, dy_in, options),
                                dx) < most);
      REQUIRE(naive::difference(depthwise_conv2d_filter_gradient(x_in, w.shape(), dy_in, options),
                                dw) < most);
    }
  }
}

TEST_CASE("each of the three depthwise ops has the other two as gradients, to second order") {
  naive::check_gradients_of_all(ops, seed + 1);
}

TEST_CASE("output channel c * M + m of a depthwise convolution is filter m of channel c") {
  const Tensor x({{{{1, 100}}}}, float64);              // one pixel, two channels
  const Tensor w({{{{1, 2, 3}, {4, 5, 6}}}}, float64);  // M = 3
  CHECK(depthwise_conv2d(x, w).to_vector() == std::vector<double>{1, 2, 3, 400, 500, 600});
}

TEST_CASE("a depthwise convolution of empty inputs is empty, its gradients are zero") {
  const Tensor w = ones({3, 3, 2, 2});
  CHECK(depthwise_conv2d(zeros({0, 5, 5, 2}), w).shape() == Shape{0, 3, 3, 4});
  CHECK(depthwise_conv2d(zeros({1, 2, 5, 2}), w).shape() == Shape{1, 0, 3, 4});
  CHECK(depthwise_conv2d(zeros({1, 5, 5, 0}), zeros({3, 3, 0, 2})).shape() == Shape{1, 3, 3, 0});
  CHECK(depthwise_conv2d_input_gradient({1, 2, 2, 2}, w, zeros({1, 0, 0, 4})).to_vector() ==
        std::vector<double>(8, 0.0));
  CHECK(depthwise_conv2d_filter_gradient(zeros({0, 5, 5, 2}), w.shape(), zeros({0, 3, 3, 4}))
            .to_vector() == std::vector<double>(36, 0.0));
}

TEST_CASE("a depthwise convolution's errors say what must hold and what was given") {
  const Tensor x = zeros({1, 5, 5, 2}), w = zeros({3, 3, 2, 4});
  CHECK_THROWS_WITH_AS(depthwise_conv2d(x, zeros({3, 3, 1, 4})),
                       "depthwise_conv2d: input channels must be 1 (axis -1); got (1, 5, 5, 2)",
                       ValueError);
  CHECK_THROWS_WITH_AS(depthwise_conv2d(x, zeros({3, 2, 4})),
                       "depthwise_conv2d: the kernel must have rank 4; got (3, 2, 4)", ValueError);
  CHECK_THROWS_WITH_AS(
      depthwise_conv2d_filter_gradient(x, w.shape(), zeros({1, 3, 3, 2})),
      "depthwise_conv2d_filter_gradient: dy must have shape (1, 3, 3, 8); got (1, 3, 3, 2)",
      ValueError);
  CHECK_THROWS_WITH_AS(
      depthwise_conv2d_input_gradient(x.shape(), w, zeros({1, 3, 3, 8}, float64)),
      "depthwise_conv2d_input_gradient: dtypes must be equal; got float32 and float64; use cast",
      TypeError);
}
