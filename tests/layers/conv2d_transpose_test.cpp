// Conv2DTranspose: the extents of TensorFlow, and the convolution that it is the transpose of.
#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/conv2d_transpose.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/functions/regularizers.h>

#include "largest_difference.h"
#include "layer_helpers.h"
#include "with_kernels.h"

using namespace reel;
using namespace reel::testing;

namespace {

Tensor random(const Shape& shape, DType dtype = float64, std::uint64_t draw = 0) {
  return randn(shape, dtype, RandomKey{14, 0, draw});
}

struct Window {
  Pair kernel, strides, dilation;
  const char* padding;
  std::optional<Pair> output_padding = {};
  Shape extents;  // of y, where x has 4 x 3
};

// Even and odd kernels, larger and smaller than the strides; by the formulas of Keras.
const std::vector<Window> windows{
    {{3, 2}, {1, 1}, {1, 1}, "valid", {}, {6, 4}},
    {{3, 2}, {1, 1}, {1, 1}, "same", {}, {4, 3}},
    {{3, 2}, {2, 3}, {1, 1}, "valid", {}, {9, 9}},
    {{5, 4}, {2, 3}, {1, 1}, "valid", {}, {11, 10}},
    {{1, 1}, {2, 3}, {1, 1}, "valid", {}, {8, 9}},
    {{3, 2}, {2, 3}, {1, 1}, "same", {}, {8, 9}},
    {{1, 5}, {3, 2}, {1, 1}, "same", {}, {12, 6}},
    {{3, 2}, {1, 1}, {2, 2}, "valid", {}, {8, 5}},
    {{3, 2}, {1, 1}, {2, 3}, "same", {}, {4, 3}},
    {{3, 2}, {2, 3}, {1, 1}, "valid", Pair(0, 2), {9, 10}},
    {{3, 2}, {2, 3}, {1, 1}, "valid", Pair(1, 0), {10, 8}},
    {{3, 2}, {2, 3}, {1, 1}, "same", Pair(0, 1), {7, 7}},
    {{1, 4}, {2, 3}, {1, 1}, "same", Pair(1, 2), {8, 8}},
    {{3, 5}, {1, 1}, {1, 1}, "same", Pair(0), {4, 3}},
    {{2, 3}, {1, 1}, {2, 2}, "valid", Pair(0), {6, 7}},
};

Conv2DTransposeOptions options_of(const Window& w, const char* format) {
  return {.filters = 3,
          .kernel_size = w.kernel,
          .strides = w.strides,
          .padding = w.padding,
          .output_padding = w.output_padding,
          .data_format = format,
          .dilation_rate = w.dilation,
          .use_bias = false};
}

}  // namespace

TEST_CASE("a transposed convolution has the extents of TensorFlow, unknown ones stay so") {
  for (const Window& w : windows) {
    const VariableStore store;
    Conv2DTranspose last(options_of(w, "channels_last")), first(options_of(w, "channels_first"));
    const Index h = w.extents[0], v = w.extents[1], n = Shape::unknown;
    INFO(w.kernel.rows, " x ", w.kernel.columns, ", ", w.padding, ", to ", w.extents);
    CHECK(last.compute_output_shape({2, 4, 3, 2}) == Shape{2, h, v, 3});
    CHECK(first.compute_output_shape({2, 2, 4, 3}) == Shape{2, 3, h, v});
    CHECK(last.compute_output_shape({n, n, 3, n}) == Shape{n, n, v, 3});
    CHECK(first.compute_output_shape({n, n, 4, n}) == Shape{n, 3, h, n});
    CHECK(last(random({2, 4, 3, 2})).shape() == Shape{2, h, v, 3});
    CHECK(first(random({2, 2, 4, 3}, float32)).shape() == Shape{2, 3, h, v});
    CHECK(last(zeros({0, 4, 3, 2}, float64)).shape() == Shape{0, h, v, 3});
    CHECK(last.kernel().shape() == Shape{w.kernel.rows, w.kernel.columns, 3, 2});
  }
}

// <conv2d(z, w), x> = <z, layer(x)> for all z is what makes it the transpose.
TEST_CASE("a transposed convolution is the transpose of the convolution with its options") {
  for (const Window& w : windows)
    for (const char* format : {"channels_last", "channels_first"})
      for (const DType dtype : {float32, float64})
        for (const char* kernels : {"fast", "naive"}) {
          const VariableStore store;
          const WithKernels chosen(kernels);
          INFO(w.kernel.rows, " x ", w.kernel.columns, ", ", w.padding, ", to ", w.extents, ", ",
               format, ", ", dtype, ", ", kernels);
          const bool last = std::string(format) == "channels_last";
          Conv2DTranspose layer(options_of(w, format));
          const Tensor x = random(last ? Shape{2, 4, 3, 2} : Shape{2, 2, 4, 3}, dtype, 1);
          const Tensor y = layer(x), z = random(y.shape(), dtype, 2);
          const Tensor back = conv2d(z, layer.kernel(),
                                     {.strides = w.strides,
                                      .padding = w.padding,
                                      .data_format = format,
                                      .dilations = w.dilation});
          REQUIRE(back.shape() == x.shape());
          const double there = sum(z * y).item(), here = sum(back * x).item();
          CHECK(std::abs(there - here) <= (dtype == float32 ? 1e-4 : 1e-12));
        }
}

TEST_CASE("both data formats of a transposed convolution are transposes of each other") {
  for (const Window& w : windows) {
    const VariableStore store;
    Conv2DTransposeOptions options = options_of(w, "channels_last");
    options.use_bias = true;
    options.activation = "tanh";
    Conv2DTranspose last(options);
    options.data_format = "channels_first";
    Conv2DTranspose first(options);
    const Tensor x = random({2, 4, 3, 2}), turned = transpose(x, {0, 3, 1, 2});
    last(x), first(turned);
    last.bias().assign(Tensor({0.5, -1.0, 0.25}, float64));
    first.set_weights(last.get_weights());
    CHECK(largest_difference(transpose(first(turned), {0, 2, 3, 1}), last(x)) <= 1e-14);
  }
}

TEST_CASE("a transposed convolution spreads each element over the taps of its kernel, then adds") {
  const VariableStore store;
  Conv2DTranspose layer({.filters = 1,
                         .kernel_size = {1, 3},
                         .strides = {1, 2},
                         .kernel_initializer = constant(Tensor({{{{1}}, {{10}}, {{100}}}})),
                         .bias_initializer = constant(0.5)});
  const Tensor x({{{{1}, {2}}}});
  CHECK(layer(x).to_vector() == std::vector<double>{1.5, 10.5, 102.5, 20.5, 200.5});
  Conv2DTranspose same({.filters = 1,
                        .kernel_size = {1, 3},
                        .strides = {1, 2},
                        .padding = "same",
                        .use_bias = false,
                        .kernel_initializer = constant(Tensor({{{{1}}, {{10}}, {{100}}}}))});
  CHECK(same(x).to_vector() == std::vector<double>{1, 10, 102, 20});
}

TEST_CASE("the gradients of a transposed convolution are right with every window") {
  for (const Window& w : windows) {
    const VariableStore store;
    Conv2DTransposeOptions options = options_of(w, "channels_first");
    options.use_bias = true;
    options.activation = "tanh";
    Conv2DTranspose layer(options);
    const Tensor x = random({1, 2, 2, 3}) * 0.3;
    layer(x);
    const GradCheckReport report = check_gradients([&](const Tensor& t) { return layer(t); }, x,
                                                   {.variables = layer.variables()});
    INFO(report);
    CHECK(report);
  }
}

TEST_CASE("a transposed convolution has a kernel and a bias with names, kinds and penalties") {
  const VariableStore store;
  Conv2DTranspose layer({.filters = 4,
                         .kernel_size = 3,
                         .kernel_regularizer = l2(0.5),
                         .bias_regularizer = l1(1.0),
                         .kernel_constraint = max_norm(1.0, per_filter()),
                         .name = "up"});
  const Tensor x = random({2, 3, 3, 5});
  layer(x);
  CHECK(test::names_of(layer.variables()) == test::Names{"up/kernel", "up/bias"});
  CHECK(layer.kernel().kernel_kind() == KernelKind::transposed);
  CHECK(layer.bias().kernel_kind() == KernelKind::bias);
  CHECK(layer.losses().size() == 2);
  CHECK_FALSE(
      Conv2DTranspose({.filters = 1, .kernel_size = 1, .use_bias = false}).bias().defined());
  // A filter is all that makes one channel of y: axis 2 of the kernel counts them.
  layer.kernel().assign(ones({3, 3, 4, 5}, float64));
  const Tensor bounded = layer.kernel().constraint()(layer.kernel());
  const Tensor norms = sqrt(sum(square(bounded), {0, 1, 3}));
  for (const double norm : norms.to_vector()) CHECK(norm == doctest::Approx(1));
  Variable kernel = layer.kernel();
  const Tensor per_input = max_norm(1.0, per_channel())(kernel);
  for (const double norm : sqrt(sum(square(per_input), {0, 1, 2})).to_vector())
    CHECK(norm == doctest::Approx(1));
}

TEST_CASE("a transposed convolution refuses what has no meaning") {
  const VariableStore store;
  const auto refuses = [](const Conv2DTransposeOptions& options, const char* message) {
    CHECK_THROWS_WITH_AS(Conv2DTranspose{options}, message, ValueError);
  };
  refuses({.kernel_size = 2}, "conv2d_transpose: filters must be >= 1; got 0");
  refuses({.filters = 1}, "conv2d_transpose: kernel_size must be two numbers >= 1; got (0, 0)");
  refuses({.filters = 1, .kernel_size = 2, .strides = {2, 0}},
          "conv2d_transpose: strides must not contain 0; got (2, 0)");
  refuses({.filters = 1, .kernel_size = 2, .padding = "full"},
          "conv2d_transpose: padding must be 'valid' or 'same'; got 'full'");
  refuses({.filters = 1, .kernel_size = 2, .strides = 2, .dilation_rate = 2},
          "conv2d_transpose: strides or dilation_rate must be 1, since strides > 1 are not defined "
          "together with dilation_rate > 1; got strides (2, 2) and dilation_rate (2, 2)");
  refuses({.filters = 1, .kernel_size = 2, .strides = 2, .output_padding = Pair(0, -1)},
          "conv2d_transpose: output_padding must be two numbers >= 0; got (0, -1)");
  refuses({.filters = 1, .kernel_size = 2, .strides = {3, 2}, .output_padding = Pair(2, 2)},
          "conv2d_transpose: output_padding must be below strides; got (2, 2) and strides (3, 2)");
  refuses({.filters = 1,
           .kernel_size = {3, 4},
           .strides = 2,
           .padding = "same",
           .output_padding = Pair(0),
           .name = "up"},
          "up: output_padding must be >= 1 where padding is 'same' and the kernel, with its "
          "dilation, is even; got (0, 0) and kernel_size (3, 4); leave it out");

  Conv2DTranspose layer({.filters = 1, .kernel_size = 2, .name = "up"});
  CHECK_THROWS_WITH_AS(layer(ones({2, 0, 3, 1})),
                       "up: input must have rows and columns; got (2, 0, 3, 1)", ValueError);
  CHECK_THROWS_WITH_AS(layer.compute_output_shape({2, 2, 0, 1}),
                       "up: input must have rows and columns; got (2, 2, 0, 1)", ValueError);
  CHECK_FALSE(layer.built());
  CHECK_THROWS_WITH_AS(layer(ones({2, 3, 1})), "up: input must have rank 4; got (2, 3, 1)",
                       ValueError);
  CHECK_THROWS_WITH_AS(layer.build(Shape{2, 2, 2, Shape::unknown}),
                       "up: input channels must be known to build (axis -1); got (2, 2, 2, ?)",
                       ValueError);
  layer(ones({1, 2, 2, 3}));
  CHECK_THROWS_WITH_AS(layer(ones({1, 2, 2, 4})),
                       "up: input channels must be 3 (axis -1); got (1, 2, 2, 4)", ValueError);
}

TEST_CASE("a config makes the same transposed convolution again") {
  const VariableStore store;
  const Conv2DTranspose layer({.filters = 3,
                               .kernel_size = {3, 2},
                               .strides = 2,
                               .padding = "same",
                               .output_padding = Pair(0, 1),
                               .data_format = "channels_first",
                               .activation = "relu",
                               .kernel_constraint = max_norm(2.0, per_filter())});
  const Conv2DTranspose again = Conv2DTranspose::from_config(layer.get_config());
  CHECK(again.get_config() == layer.get_config());
  CHECK(again.options().output_padding == Pair(0, 1));
  const Conv2DTranspose plain({.filters = 1, .kernel_size = 1});
  CHECK(Conv2DTranspose::from_config(plain.get_config()).options().output_padding == std::nullopt);
}
