// Contract 1.6 and 1.13: what a call computes.
#include <reel/core/derivatives/grad_check.h>
#include <reel/core/tape.h>

#include "separable.h"

using namespace reel;
using namespace reel::test;

// Proves: 1.6.2 pointwise; 1.13, seven rows
TEST_CASE("1.13 values computed by an independent loop come out exactly") {
  struct Row {
    Index h, w, c, m, f;
    Pair kernel;
    int stride, dilation;
    const char* padding;
    Index p, q;
    std::vector<double> first;
    double sum, weighted, squares;
  };
  const Row rows[] = {
      {4, 4, 2, 1, 3, {3, 3}, 1, 1, "valid", 2, 2, {2, 1, 0, -48, 1, 50}, 12, 202, 5048},
      {5, 4, 2, 2, 3, {3, 3}, 1, 1, "same", 5, 4, {3, 1, -1, 3, 1, -1}, 60, 1848, 12126},
      {6, 5, 3, 1, 2, {3, 3}, 2, 1, "same", 3, 3, {-13, 22, -24, 16, -3, -11}, 24, 290, 4754},
      {7, 6, 2, 2, 2, {3, 3}, 1, 2, "valid", 3, 2, {-24, 11, 13, 2, -5, 13}, -1, 45, 2551},
      {5, 5, 1, 3, 2, {2, 3}, 1, 1, "same", 5, 5, {0, 16, -14, 7, -20, 1}, 8, 240, 4230},
      {5, 6, 2, 1, 2, {3, 2}, 1, 2, "same", 5, 6, {0, 4, 9, -7, 7, -5}, 33, 931, 4117},
      {6, 6, 2, 2, 4, {2, 2}, 2, 1, "valid", 3, 3, {-15, 17, 1, -12, 6, -14}, 10, 234, 3830},
  };
  for (const Row& row : rows) {
    const VariableStore store;
    SeparableConv2D layer({.filters = row.f,
                           .kernel_size = row.kernel,
                           .strides = row.stride,
                           .padding = row.padding,
                           .dilation_rate = row.dilation,
                           .depth_multiplier = row.m,
                           .depthwise_initializer = pattern(5, -2),
                           .pointwise_initializer = pattern(3, -1),
                           .bias_initializer = pattern(1000, 0)});
    const Tensor x = images({1, row.h, row.w, row.c});
    const Tensor y = layer(x);
    CAPTURE(x.shape().str());
    CHECK(y.shape() == Shape{1, row.p, row.q, row.f});
    CHECK(layer.compute_output_shape(x.shape()) == y.shape());
    const std::vector<double> values = y.to_vector();
    CHECK(std::vector<double>(values.begin(), values.begin() + 6) == row.first);
    double sum = 0, weighted = 0, squares = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      sum += values[i];
      weighted += static_cast<double>(i + 1) * values[i];
      squares += values[i] * values[i];
    }
    CHECK(sum == row.sum);
    CHECK(weighted == row.weighted);
    CHECK(squares == row.squares);
  }
}

// Proves: 1.6.1 depthwise; 8.2
TEST_CASE("1.6 filter m of channel q meets row q M + m of the pointwise kernel") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 6,
                         .kernel_size = 1,
                         .depth_multiplier = 3,
                         .use_bias = false,
                         .depthwise_initializer = pattern(100, 1),  // D[0, 0, q, m] = 3 q + m + 1
                         .weights = {}});
  layer.build({1, 1, 1, 2});
  std::vector<double> identity(36, 0.0);
  for (std::size_t i = 0; i < 6; ++i) identity[7 * i] = 1;
  layer.pointwise_kernel().assign(cast(Tensor(identity, {1, 1, 6, 6}), float32));
  CHECK(layer(Tensor({{{{10, 100}}}})).to_vector() ==
        std::vector<double>{10, 20, 30, 400, 500, 600});
}

// Proves: 1.6.1 depthwise
TEST_CASE("1.6 kernels are not flipped") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 1,
                         .kernel_size = {1, 3},
                         .use_bias = false,
                         .depthwise_initializer = pattern(3, 1),
                         .pointwise_initializer = "ones"});
  CHECK(layer(reshape(Tensor({1, 10, 100}), {1, 1, 3, 1})).item() == 1 * 1 + 2 * 10 + 3 * 100);
}

// Proves: 1.6.3 bias; 8.1
TEST_CASE("1.6 the bias is added along the channels, in both data formats") {
  const VariableStore store;
  for (const char* format : {"channels_last", "channels_first"}) {
    SeparableConv2D layer(
        {.filters = 2, .kernel_size = 1, .data_format = format, .bias_initializer = pattern(2, 5)});
    const bool last = std::string(format) == "channels_last";
    const Tensor y = layer(zeros(last ? Shape{1, 1, 2, 3} : Shape{1, 3, 1, 2}));
    CHECK(y.to_vector() ==
          (last ? std::vector<double>{5, 6, 5, 6} : std::vector<double>{5, 5, 6, 6}));
  }
}

// Proves: 1.6.4 activation
TEST_CASE("1.6 the activation comes last, by name or as a function") {
  const VariableStore store;
  const SeparableConv2DOptions options{.filters = 3,
                                       .kernel_size = 3,
                                       .depthwise_initializer = pattern(5, -2),
                                       .pointwise_initializer = pattern(3, -1),
                                       .bias_initializer = pattern(9, -4)};
  SeparableConv2DOptions by_name = options, by_function = options;
  by_name.activation = "relu";
  by_function.activation = [](const Tensor& x) { return relu(x); };
  SeparableConv2D plain(options), named(by_name), given(by_function);
  const std::vector<double> want = relu(plain(images())).to_vector();
  CHECK(named(images()).to_vector() == want);
  CHECK(given(images()).to_vector() == want);

  SeparableConv2DOptions cut_off = options;
  cut_off.activation = activations::relu({.max_value = 6});
  const Tensor y = SeparableConv2D(cut_off)(images());
  CHECK(y.to_vector() == minimum(Tensor(want, y.shape()), 6.0).to_vector());
}

TEST_CASE("1.6 relu within the convolution has the gradients of relu after it") {
  const auto gradients_with = [](const Activation& activation) {
    const VariableStore store;
    SeparableConv2D layer({.filters = 3,
                           .kernel_size = 3,
                           .activation = activation,
                           .depthwise_initializer = pattern(5, -2),
                           .pointwise_initializer = pattern(3, -1),
                           .bias_initializer = pattern(9, -4)});
    const Tensor x = images();
    Tape tape;
    tape.watch(x);
    const Tensor loss = sum(square(layer(x)));
    std::vector<std::vector<double>> all{tape.gradient(loss, x).to_vector()};
    for (const auto& [variable, gradient] : tape.gradient(loss, layer.trainable_variables()))
      all.push_back(gradient.to_vector());
    return all;
  };
  const auto after = gradients_with([](const Tensor& x) { return relu(x); });
  CHECK(gradients_with("relu") == after);
  CHECK(gradients_with(relu) == after);
}

// Proves: 1.6.5 activity regularizer
TEST_CASE("1.6 the activity regularizer sees the activated output") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 3,
                         .kernel_size = 3,
                         .activation = "relu",
                         .depthwise_initializer = pattern(5, -2),
                         .pointwise_initializer = pattern(3, -1),
                         .activity_regularizer = [](const Tensor& y) { return sum(y); }});
  const Tensor y = layer(images());
  CHECK(layer.total_loss().item() == sum(y).item() / 5);
}

// Proves: 1.6 gradients
TEST_CASE("1.6 the gradients to input and weights are right to second order") {
  for (const char* format : {"channels_last", "channels_first"}) {
    CAPTURE(format);
    const VariableStore store;
    SeparableConv2D layer({.filters = 2,
                           .kernel_size = {2, 3},
                           .padding = "same",
                           .data_format = format,
                           .depth_multiplier = 2,
                           .activation = "tanh",
                           .dtype = float64});
    const Tensor x = images({2, 3, 3, 3}, float64) * 0.1;
    layer.build(x.shape());
    CHECK(check_gradients([&](const Tensor& t) { return layer(t); }, x));

    // Each weight moved by hand: a variable is read by the call, not an argument of it.
    const Tensor dy = images(layer(x).shape(), float64);
    const auto loss = [&] { return sum(layer(x) * dy); };
    Tape tape;
    const Tensor at_start = loss();
    for (const Variable& weight : layer.variables()) {
      CAPTURE(weight.name());
      const std::vector<double> analytic = tape.gradient(at_start, weight).to_vector();
      const PauseRecording pause;
      const Tensor value = weight.value();
      for (std::size_t i = 0; i < analytic.size(); ++i) {
        std::vector<double> step(analytic.size(), 0.0);
        step[i] = 1e-6;
        weight.assign(value + Tensor(step, value.shape()));
        const double above = loss().item();
        weight.assign(value - Tensor(step, value.shape()));
        const double numeric = (above - loss().item()) / 2e-6;
        CHECK(analytic[i] == doctest::Approx(numeric).epsilon(1e-6));
      }
      weight.assign(value);
    }
  }
}
