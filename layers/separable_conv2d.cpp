#include <reel/layers/separable_conv2d.h>

#include <reel/core/ops/separable_convolution.h>
#include <reel/core/runtime/checked_index.h>
#include <reel/layers/base/image_shapes.h>
#include <reel/layers/base/layer_of_members.h>
#include <reel/layers/base/weighted_layer.h>

namespace reel {

void visit_fields(SeparableConv2DOptions& o, auto& field) {
  field("filters", o.filters);
  field("kernel_size", o.kernel_size);
  field("strides", o.strides);
  field("padding", o.padding);
  field("data_format", o.data_format);
  field("dilation_rate", o.dilation_rate);
  field("depth_multiplier", o.depth_multiplier);
  field("activation", o.activation);
  field("use_bias", o.use_bias);
  field("depthwise_initializer", o.depthwise_initializer);
  field("pointwise_initializer", o.pointwise_initializer);
  field("bias_initializer", o.bias_initializer);
  field("depthwise_regularizer", o.depthwise_regularizer);
  field("pointwise_regularizer", o.pointwise_regularizer);
  field("bias_regularizer", o.bias_regularizer);
  field("activity_regularizer", o.activity_regularizer);
  field("depthwise_constraint", o.depthwise_constraint);
  field("pointwise_constraint", o.pointwise_constraint);
  field("bias_constraint", o.bias_constraint);
}

// The reference emits these, from a base class, and they never meant anything here.
std::vector<std::string> ignored_entries(const SeparableConv2DOptions&) {
  return {"groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint", "conv_op"};
}

SeparableConv2D::SeparableConv2D(Options options) : LayerOf(std::move(options)) {
  resolve_functions();
  const std::string path = this->path();
  detail::check_positive(path, "filters", options_.filters);
  detail::convolution_window(options_).check(path);
  detail::check_positive(path, "depth_multiplier", options_.depth_multiplier);
  set_input_spec({.rank = 4});
}

// The pointwise kernel is stored as a 1 x 1 convolution's, as in the reference, not as a matrix.
void SeparableConv2D::create_weights(const Shape& input) {
  const detail::ConvolutionWindow window = detail::convolution_window(options_);
  const Index channels = window.channels_of(input);
  window.slide(input);
  const Index depth =
      detail::checked_product("depth_multiplier", channels, options_.depth_multiplier);
  depthwise_kernel_ = detail::add_depthwise_kernel(*this, options_, channels);
  pointwise_kernel_ = add_weight("pointwise_kernel", {1, 1, depth, options_.filters},
                                 {.initializer = options_.pointwise_initializer,
                                  .regularizer = options_.pointwise_regularizer,
                                  .constraint = options_.pointwise_constraint,
                                  .kind = KernelKind::pointwise});
  bias_ = detail::add_bias(*this, options_, options_.filters);
  set_input_spec(window.input_spec(channels));
}

Tensor SeparableConv2D::call(const Tensor& x, const Call&) {
  static const auto& relu = *new const Activation(activations::relu());
  const bool fused = options_.activation == relu;  // while the result is in cache
  const detail::ConvolutionWindow window = detail::convolution_window(options_);
  window.slide(x.shape());
  const Tensor bias = bias_.defined() ? bias_.value() : Tensor();
  const Tensor y =
      reel::separable_conv2d(x, depthwise_kernel_, pointwise_kernel_, bias, window.options,
                             fused ? FusedActivation::relu : FusedActivation::none);
  return fused ? y : options_.activation(y);
}

Tensor SeparableConv2D::convolution_op(const Tensor& x, const Operand& kernel) const {
  return conv2d(x, kernel, detail::convolution_window(options_).options);
}

Shape SeparableConv2D::output_shape(const Shape& input) const {
  return detail::convolution_window(options_).output_shape(input, options_.filters);
}

std::optional<Index> SeparableConv2D::flops(std::span<const Tensor>, const Tensor& y) const {
  const Shape& p = pointwise_kernel_.shape();
  const Index depth = p[2], positions = p[3] > 0 ? y.size() / p[3] : 0;
  return 2 * detail::taps_of(depthwise_kernel_) * depth * positions +
         detail::flops_of_sums(*this, depth, y);
}

template class LayerOf<SeparableConv2D, SeparableConv2DOptions>;

}  // namespace reel
