#include <reel/layers/conv2d.h>

#include <reel/core/ops/convolution.h>
#include <reel/layers/base/image_shapes.h>
#include <reel/layers/base/layer_of_members.h>
#include <reel/layers/base/weighted_layer.h>

namespace reel {

void visit_fields(Conv2DOptions& o, auto& field) {
  field("filters", o.filters);
  field("kernel_size", o.kernel_size);
  field("strides", o.strides);
  field("padding", o.padding);
  field("data_format", o.data_format);
  field("dilation_rate", o.dilation_rate);
  std::optional groups = o.groups;  // none is 1, as in the reference
  field("groups", groups);
  o.groups = groups.value_or(1);
  detail::visit_kernel_fields(o, field);
}

std::vector<std::string> ignored_entries(const Conv2DOptions&) { return {"conv_op"}; }

Conv2D::Conv2D(Options options) : LayerOf(std::move(options)) {
  resolve_functions();
  const std::string path = this->path();
  detail::check_positive(path, "filters", options_.filters);
  const detail::ConvolutionWindow window = detail::convolution_window(options_);
  window.check_each(path);
  detail::check_positive(path, "groups", options_.groups);
  if (options_.filters % options_.groups != 0)
    throw ValueError("{}: filters must be divisible by groups; got {} filters and {} groups", path,
                     options_.filters, options_.groups);
  window.check_together(path);
  set_input_spec({.rank = 4});
}

void Conv2D::create_weights(const Shape& input) {
  const detail::ConvolutionWindow window = detail::convolution_window(options_);
  const Index channels = window.channels_of(input);
  const Index groups = options_.groups;
  if (channels % groups != 0)
    throw ValueError("input channels must be divisible by groups; got {} and {} groups", input,
                     groups);
  window.slide(input);
  const Pair& size = options_.kernel_size;
  kernel_ = detail::add_kernel(*this, options_,
                               {size.rows, size.columns, channels / groups, options_.filters},
                               KernelKind::convolution);
  bias_ = detail::add_bias(*this, options_, options_.filters);
  set_input_spec(window.input_spec(channels));
}

Tensor Conv2D::call(const Tensor& x, const Call&) {
  static const auto& relu = *new const Activation(activations::relu());
  const detail::ConvolutionWindow window = detail::convolution_window(options_);
  window.slide(x.shape());
  if (!bias_.defined()) return options_.activation(convolution_op(x, kernel_));
  const bool fused = options_.activation == relu;  // while the result is in cache
  const Tensor y = conv2d_with_bias(x, kernel_, bias_, window.options,
                                    fused ? FusedActivation::relu : FusedActivation::none);
  return fused ? y : options_.activation(y);
}

Tensor Conv2D::convolution_op(const Tensor& x, const Operand& kernel) const {
  return reel::conv2d(x, kernel, detail::convolution_window(options_).options);
}

Shape Conv2D::output_shape(const Shape& input) const {
  return detail::convolution_window(options_).output_shape(input, options_.filters);
}

std::optional<Index> Conv2D::flops(std::span<const Tensor>, const Tensor& y) const {
  return detail::flops_of_sums(*this, detail::taps_of(kernel_) * kernel_.shape()[2], y);
}

template class LayerOf<Conv2D, Conv2DOptions>;

}  // namespace reel
