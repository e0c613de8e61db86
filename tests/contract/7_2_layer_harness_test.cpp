// Contract 7.2: what the reference's layer_test asks of a layer, asked of the convolutions.
#include <reel/layers/batch_normalization.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/dense.h>
#include <reel/layers/depthwise_conv2d.h>
#include <reel/layers/functions/constraints.h>
#include <reel/optim/sgd.h>

#include "separable.h"

using namespace reel;
using namespace reel::test;

namespace {

ConfigValue batch_shape(const Shape& shape) {
  ConfigValue::List extents{nullptr};
  for (int axis = 1; axis < shape.rank(); ++axis) extents.emplace_back(shape[axis]);
  return extents;
}

template <class T>
void check_layer(const typename T::Options& options, const Shape& shape, const Shape& output) {
  for (const DType dtype : {float32, float64}) {
    const VariableStore store;
    T layer(options);
    CHECK(layer.get_weights().empty());
    CHECK_NOTHROW(layer.set_weights({}));

    const Tensor x = images(shape, dtype) * 0.25;
    const TensorSpec signature = layer.compute_output_signature({shape, dtype});
    const Tensor y = layer(x);
    CHECK(y.shape() == output);
    CHECK(signature == TensorSpec{y.shape(), dtype});
    CHECK(y.dtype() == dtype);
    CHECK(layer.compute_output_shape(shape) == output);

    T copy = T::from_config(layer.get_config());
    copy.build(shape);
    copy.set_weights(layer.get_weights());
    CHECK(copy(x).to_vector() == y.to_vector());

    Config with_shape = layer.get_config();
    with_shape.set("batch_input_shape", batch_shape(shape));
    CHECK(T::from_config(with_shape).options().input_shape ==
          Shape(std::vector<Index>(shape.begin() + 1, shape.end())));

    SGD sgd({.learning_rate = 1e-3});
    const auto loss = [&] { return mean(square(layer(x) - 3.0)); };
    double before = 0;
    {
      Tape tape;
      const Tensor at_first = loss();
      before = at_first.item();
      sgd.apply_gradients(tape.gradient(at_first, layer.trainable_variables()));
    }
    CHECK(loss().item() < before);
  }
}

void check_separable(SeparableConv2DOptions options, const Shape& output) {
  options.filters = 2;
  options.kernel_size = 3;
  const bool first = options.data_format == DataFormat::channels_first;
  check_layer<SeparableConv2D>(options, first ? Shape{2, 3, 7, 6} : Shape{2, 7, 6, 3}, output);
}

}  // namespace

// Proves: SeparableConv2DTest.test_separable_conv2d;
//   layer_test (test_utils.py): weights before the build; layer_test: dtype; layer_test: config;
//   layer_test: a training step
TEST_CASE("7.2 SeparableConv2D passes the reference's layer test with each of its arguments") {
  check_separable({.padding = "valid"}, {2, 5, 4, 2});
  check_separable({.padding = "same"}, {2, 7, 6, 2});
  check_separable({.padding = "same", .dilation_rate = 2}, {2, 7, 6, 2});
  check_separable({.strides = 2}, {2, 3, 2, 2});
  check_separable({.data_format = "channels_first"}, {2, 2, 5, 4});
  check_separable({.dilation_rate = 2}, {2, 3, 2, 2});
  check_separable({.depth_multiplier = 2}, {2, 5, 4, 2});
}

// Proves: DepthwiseConv2DTest.test_depthwise_conv2d; DepthwiseConv2DTest.test_depthwise_conv2d_full
TEST_CASE("7.2 DepthwiseConv2D passes the reference's layer test with each of its arguments") {
  const auto check = [](DepthwiseConv2DOptions options, const Shape& output) {
    options.kernel_size = 3;
    const bool first = options.data_format == DataFormat::channels_first;
    check_layer<DepthwiseConv2D>(options, first ? Shape{2, 3, 7, 6} : Shape{2, 7, 6, 3}, output);
  };
  check({.padding = "valid"}, {2, 5, 4, 3});
  check({.padding = "same"}, {2, 7, 6, 3});
  check({.strides = 2}, {2, 3, 2, 3});
  check({.data_format = "channels_first"}, {2, 3, 5, 4});
  check({.depth_multiplier = 2}, {2, 5, 4, 6});
  check({.dilation_rate = 2}, {2, 3, 2, 3});
  check({.strides = 2,
         .depth_multiplier = 2,
         .activation = "tanh",
         .depthwise_initializer = "he_normal",
         .depthwise_regularizer = "l2",
         .bias_regularizer = "l2",
         .activity_regularizer = "l2",
         .depthwise_constraint = "unit_norm",
         .bias_constraint = "unit_norm"},
        {2, 3, 2, 6});
}

// Proves: Conv2DTest.test_conv2d
TEST_CASE("7.2 Conv2D, Dense and BatchNormalization pass the reference's layer test") {
  check_layer<Conv2D>({.filters = 2, .kernel_size = 3}, {2, 7, 6, 3}, {2, 5, 4, 2});
  check_layer<Conv2D>({.filters = 2, .kernel_size = 3, .padding = "same", .dilation_rate = 2},
                      {2, 7, 6, 3}, {2, 7, 6, 2});
  check_layer<Conv2D>({.filters = 2, .kernel_size = 3, .strides = 2, .use_bias = false},
                      {2, 7, 6, 3}, {2, 3, 2, 2});
  check_layer<Dense>({.units = 4, .activation = "softplus"}, {3, 5}, {3, 4});
  check_layer<BatchNormalization>({}, {2, 3, 4, 5}, {2, 3, 4, 5});
}

TEST_CASE("7.2 a layer keeps the constraints that it was given, whatever they are") {
  const VariableStore store;
  const Constraint own = [](const Variable& w) { return w.stored(); };
  DepthwiseConv2D layer({.kernel_size = 3, .depthwise_constraint = own, .bias_constraint = own});
  layer.build({1, 5, 5, 2});
  CHECK(layer.depthwise_kernel().constraint() == own);
  CHECK(layer.bias().constraint() == own);
}
