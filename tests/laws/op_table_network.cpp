#include <reel/core/ops.h>

#include "op_table.h"

using namespace reel;

namespace op_table {
namespace {

constexpr std::int32_t labels[] = {2, 0};

}  // namespace

void add_windows(Rows& rows) {
  const auto add = [&](const char* name, Function f, std::vector<Tensor> inputs) {
    rows.push_back({name, std::move(f), std::move(inputs)});
  };
  for (const char* data_format : {"channels_last", "channels_first"}) {
    const bool last = std::string(data_format) == "channels_last";
    const Tensor x = spread(last ? Shape{1, 4, 5, 2} : Shape{1, 2, 4, 5});
    const Tensor dy = spread(last ? Shape{1, 2, 3, 2} : Shape{1, 2, 2, 3}, -1, 1, 1);
    const Tensor large = spread(last ? Shape{1, 4, 9, 2} : Shape{1, 2, 4, 9}, -1, 1, 1);
    const PoolingOptions pooling{
        .pool_size = {3, 2}, .strides = 2, .padding = "same", .data_format = data_format};
    const Function max_pool = [pooling](const auto& xs) { return max_pool2d(xs[0], pooling); };
    const Function avg_pool = [pooling](const auto& xs) { return avg_pool2d(xs[0], pooling); };
    add("max_pool2d", max_pool, {x});
    add("max_pool2d_scatter", gradient_of(max_pool), {x, dy});
    add("max_pool2d_gather", gradient_of(max_pool), {x, dy});
    add("avg_pool2d", avg_pool, {x});
    add("avg_pool2d_gradient", gradient_of(avg_pool), {x, dy});
    for (const Interpolation interpolation : {Interpolation::nearest, Interpolation::bilinear}) {
      const Function upsample = [data_format, interpolation](const auto& xs) {
        return upsample2d(xs[0], {2, 3}, data_format, interpolation);
      };
      add("upsample2d", upsample, {dy});
      add("upsample2d_gradient", gradient_of(upsample), {dy, large});
    }
  }
}

void add_convolutions(Rows& rows) {
  const auto add = [&](const char* name, Function f, std::vector<Tensor> inputs) {
    rows.push_back({name, std::move(f), std::move(inputs)});
  };
  for (const char* data_format : {"channels_last", "channels_first"}) {
    const bool last = std::string(data_format) == "channels_last";
    const Tensor x = spread(last ? Shape{1, 4, 5, 2} : Shape{1, 2, 4, 5});
    const Tensor w = spread({2, 3, 2, 2}, -1, 1, 1);
    const ConvolutionOptions options{
        .strides = {1, 2}, .padding = "same", .data_format = data_format, .dilations = {2, 1}};
    const Function conv = [options](const auto& xs) { return conv2d(xs[0], xs[1], options); };
    const Function depthwise = [options](const auto& xs) {
      return depthwise_conv2d(xs[0], xs[1], options);
    };
    const Tensor few = spread(last ? Shape{1, 4, 3, 2} : Shape{1, 2, 4, 3}, -1, 1, 2);
    const Tensor many = spread(last ? Shape{1, 4, 3, 4} : Shape{1, 4, 4, 3}, -1, 1, 2);
    add("conv2d", conv, {x, w});
    add("conv2d_input_gradient", gradient_of(conv), {x, w, few});
    add("conv2d_filter_gradient", gradient_of(conv, 1), {x, w, few});
    add("depthwise_conv2d", depthwise, {x, w});
    add("depthwise_conv2d_input_gradient", gradient_of(depthwise), {x, w, many});
    add("depthwise_conv2d_filter_gradient", gradient_of(depthwise, 1), {x, w, many});
    add("separable_conv2d",
        [options](const auto& xs) { return separable_conv2d(xs[0], xs[1], xs[2], xs[3], options); },
        {x, w, spread({1, 1, 4, 3}, -1, 1, 2), spread({3}, -1, 1, 3)});
    add("separable_conv2d",  // linear in each, without a bias
        [options](const auto& xs) {
          return separable_conv2d(xs[0], xs[1], xs[2], Tensor(), options);
        },
        {x, w, spread({1, 1, 4, 3}, -1, 1, 2)});
    add("separable_conv2d_relu",  // the bias keeps sums away from 0, where relu has its kink
        [options](const auto& xs) {
          return separable_conv2d(xs[0], xs[1], xs[2], xs[3], options, FusedActivation::relu);
        },
        {x, w, spread({1, 1, 4, 3}, -1, 1, 2), Tensor({20.0, -20.0, 30.0}, float64)});
    for (const Index depth : {2, 1}) {  // groups of two channels, and of one
      const Tensor grouped = spread(last ? Shape{1, 4, 5, 4} : Shape{1, 4, 4, 5});
      const Tensor part = spread({2, 3, depth, 4}, -1, 1, 1);
      add("conv2d", conv, {grouped, part});
      add("conv2d_input_gradient", gradient_of(conv), {grouped, part, many});
      add("conv2d_filter_gradient", gradient_of(conv, 1), {grouped, part, many});
      add("conv2d_with_bias_relu",
          [options](const auto& xs) {
            return conv2d_with_bias(xs[0], xs[1], xs[2], options, FusedActivation::relu);
          },
          {grouped, part, Tensor({20.0, -20.0, 30.0, 10.0}, float64)});
    }
    add("conv2d_with_bias",
        [options](const auto& xs) { return conv2d_with_bias(xs[0], xs[1], xs[2], options); },
        {x, w, spread({2}, -1, 1, 3)});
    add("conv2d_with_bias_relu",  // away from relu's kink
        [options](const auto& xs) {
          return conv2d_with_bias(xs[0], xs[1], xs[2], options, FusedActivation::relu);
        },
        {x, w, Tensor({20.0, -20.0}, float64)});
    add("bias_add", [data_format](const auto& xs) { return bias_add(xs[0], xs[1], data_format); },
        {x, spread({2}, -1, 1, 1)});
  }
  // As many images as channels: only the right one of the two axes is right.
  add("bias_add", [](const auto& xs) { return bias_add(xs[0], xs[1]); },
      {spread({3, 2, 3}), spread({3}, -1, 1, 1)});
}

void add_normalizations_and_losses(Rows& rows) {
  const auto add = [&](const char* name, Function f, std::vector<Tensor> inputs) {
    rows.push_back({name, std::move(f), std::move(inputs)});
  };
  const Tensor x = spread({2, 3}), c = spread({3}, 0.5, 2, 1);
  add("softmax", [](const auto& xs) { return softmax(xs[0], 0); }, {x});
  add("log_softmax", [](const auto& xs) { return log_softmax(xs[0]); }, {x});
  const Function normalize = [](const auto& xs) {
    return batch_normalization(xs[0], xs[1], xs[2], {.axis = 1}).y;
  };
  const std::vector<Tensor> batch = {spread({4, 3, 2}), c, spread({3})};
  for (const char* name :
       {"batch_normalization", "batch_normalization_mean", "batch_normalization_variance"})
    add(name, normalize, batch);
  add("batch_normalization_inference",
      [](const auto& xs) {
        return batch_normalization_inference(xs[0], xs[1], xs[2], xs[3], xs[4]);
      },
      {x, c, spread({3}), spread({3}, -1, 1, 2), spread({3}, 0.5, 2, 3)});
  add("sigmoid_cross_entropy", [](const auto& xs) { return sigmoid_cross_entropy(xs[0], xs[1]); },
      {x, spread({2, 3}, 0, 1, 1)});
  add("huber", [](const auto& xs) { return huber(xs[0], xs[1], 0.5); },
      {x, spread({2, 3}, -1, 1, 1)});
  add("log_cosh", [](const auto& xs) { return log_cosh(xs[0], xs[1]); },
      {x, spread({2, 3}, -1, 1, 1)});
  add("softmax_cross_entropy",
      [](const auto& xs) { return softmax_cross_entropy(xs[0], softmax(xs[1])); },
      {x, spread({2, 3}, -1, 1, 1)});
  add("softmax_cross_entropy", [](const auto& xs) { return softmax_cross_entropy(xs[0], labels); },
      {x});
}

}  // namespace op_table
