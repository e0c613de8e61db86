#include <reel/layers/separable_conv2d.h>

#include <reel/core/ops/separable_convolution.h>
#include <reel/layers/convolution_window.h>

namespace reel {

SeparableConv2D::SeparableConv2D(Options options)
    : Layer(layer_options(options)), options_(std::move(options)) {
  const std::string path = this->path();
  Options& o = options_;
  o.activation = resolve(o.activation, path + ": activation");
  o.depthwise_initializer = resolve(o.depthwise_initializer, path + ": depthwise_initializer");
  o.pointwise_initializer = resolve(o.pointwise_initializer, path + ": pointwise_initializer");
  o.bias_initializer = resolve(o.bias_initializer, path + ": bias_initializer");
  detail::check_positive(path, "filters", o.filters);
  detail::window_of(o).check(path);
  detail::check_positive(path, "depth_multiplier", o.depth_multiplier);
  set_input_spec(detail::window_of(o).input_spec());
}

void SeparableConv2D::create_weights(const Shape& input) {
  const detail::ConvolutionWindow window = detail::window_of(options_);
  const Index channels = window.channels_of(input);
  const Pair& kernel = options_.kernel_size;
  const Index depthwise_channels = channels * options_.depth_multiplier;
  depthwise_kernel_ = add_weight("depthwise_kernel",
                                 {kernel.rows, kernel.columns, channels, options_.depth_multiplier},
                                 {.initializer = options_.depthwise_initializer,
                                  .regularizer = options_.depthwise_regularizer,
                                  .constraint = options_.depthwise_constraint,
                                  .kind = KernelKind::depthwise});
  pointwise_kernel_ = add_weight("pointwise_kernel", {1, 1, depthwise_channels, options_.filters},
                                 {.initializer = options_.pointwise_initializer,
                                  .regularizer = options_.pointwise_regularizer,
                                  .constraint = options_.pointwise_constraint,
                                  .kind = KernelKind::pointwise});
  if (options_.use_bias)
    bias_ = add_weight("bias", {options_.filters},
                       {.initializer = options_.bias_initializer,
                        .regularizer = options_.bias_regularizer,
                        .constraint = options_.bias_constraint,
                        .kind = KernelKind::bias});
  set_input_spec(window.input_spec(channels));
}

Tensor SeparableConv2D::call(const Tensor& x, const Call&) {
  const Tensor bias = bias_.defined() ? bias_.value() : Tensor();
  const Tensor y = reel::separable_conv2d(x, depthwise_kernel_, pointwise_kernel_, bias,
                                          detail::window_of(options_).options);
  return options_.activation(y);
}

Tensor SeparableConv2D::convolution_op(const Tensor& x, const Operand& kernel) const {
  return conv2d(x, kernel, detail::window_of(options_).options);
}

Shape SeparableConv2D::compute_output_shape(const Shape& input) const {
  return detail::window_of(options_).output_shape(path(), input, options_.filters);
}

namespace layers {

Tensor separable_conv2d(const Tensor& x, SeparableConv2DOptions options, const Call& call) {
  options.scope = options.name;
  SeparableConv2D layer(std::move(options));
  const Tensor y = layer(x, call);
  for (const Variable& variable : layer.variables()) detail::Names::current()->keep(variable);
  return y;
}

}  // namespace layers
}  // namespace reel
