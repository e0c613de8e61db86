#include <reel/layers/depthwise_conv2d.h>

#include <reel/core/ops/convolution.h>
#include <reel/core/runtime/checked_index.h>
#include <reel/layers/base/image_shapes.h>
#include <reel/layers/base/layer_of_members.h>
#include <reel/layers/base/weighted_layer.h>

namespace reel {

void visit_fields(DepthwiseConv2DOptions& o, auto& field) {
  field("kernel_size", o.kernel_size);
  field("strides", o.strides);
  field("padding", o.padding);
  field("depth_multiplier", o.depth_multiplier);
  field("data_format", o.data_format);
  field("dilation_rate", o.dilation_rate);
  field("activation", o.activation);
  field("use_bias", o.use_bias);
  field("depthwise_initializer", o.depthwise_initializer);
  field("bias_initializer", o.bias_initializer);
  field("depthwise_regularizer", o.depthwise_regularizer);
  field("bias_regularizer", o.bias_regularizer);
  field("activity_regularizer", o.activity_regularizer);
  field("depthwise_constraint", o.depthwise_constraint);
  field("bias_constraint", o.bias_constraint);
}

// The reference emits it, from a base class; each channel is a group of its own.
std::vector<detail::FixedEntry> fixed_entries(const DepthwiseConv2DOptions&) {
  return {{"groups", 1, "1"}};
}

DepthwiseConv2D::DepthwiseConv2D(Options options) : LayerOf(std::move(options)) {
  resolve_functions();
  const std::string path = this->path();
  detail::convolution_window(options_).check(path);
  detail::check_positive(path, "depth_multiplier", options_.depth_multiplier);
  set_input_spec({.rank = 4});
}

void DepthwiseConv2D::create_weights(const Shape& input) {
  const detail::ConvolutionWindow window = detail::convolution_window(options_);
  const Index channels = window.channels_of(input);
  window.slide(input);
  depthwise_kernel_ = detail::add_depthwise_kernel(*this, options_, channels);
  bias_ = detail::add_bias(*this, options_, channels * options_.depth_multiplier);
  set_input_spec(window.input_spec(channels));
}

Tensor DepthwiseConv2D::call(const Tensor& x, const Call&) {
  static const auto& relu = *new const Activation(activations::relu());
  const detail::ConvolutionWindow window = detail::convolution_window(options_);
  window.slide(x.shape());
  if (!bias_.defined())
    return options_.activation(depthwise_conv2d(x, depthwise_kernel_, window.options));
  const bool fused = options_.activation == relu;
  const Tensor y =
      depthwise_conv2d_with_bias(x, depthwise_kernel_, bias_, window.options,
                                 fused ? FusedActivation::relu : FusedActivation::none);
  return fused ? y : options_.activation(y);
}

Shape DepthwiseConv2D::output_shape(const Shape& input) const {
  const detail::ConvolutionWindow window = detail::convolution_window(options_);
  const int axis = window.channel_axis();
  const bool has_channels = input.rank() >= 3 && input[axis] != Shape::unknown;
  return window.output_shape(input, has_channels
                                        ? detail::checked_product("depth_multiplier", input[axis],
                                                                  options_.depth_multiplier)
                                        : Shape::unknown);
}

std::optional<Index> DepthwiseConv2D::flops(std::span<const Tensor>, const Tensor& y) const {
  return detail::flops_of_sums(*this, detail::taps_of(depthwise_kernel_), y);
}

template class LayerOf<DepthwiseConv2D, DepthwiseConv2DOptions>;

}  // namespace reel
