#include <reel/layers/conv2d.h>

#include <reel/core/ops/convolution.h>
#include <reel/layers/base/config_fields.h>
#include <reel/layers/base/convolution_shapes.h>
#include <reel/layers/base/naming.h>
#include <reel/layers/base/weighted_layer.h>
#include <reel/layers/scope/functional_form.h>

namespace reel {
namespace {

constexpr auto visit_fields = [](auto& o, auto& field) {
  field("filters", o.filters);
  field("kernel_size", o.kernel_size);
  field("strides", o.strides);
  field("padding", o.padding);
  field("data_format", o.data_format);
  field("dilation_rate", o.dilation_rate);
  field("activation", o.activation);
  field("use_bias", o.use_bias);
  field("kernel_initializer", o.kernel_initializer);
  field("bias_initializer", o.bias_initializer);
  field("kernel_regularizer", o.kernel_regularizer);
  field("bias_regularizer", o.bias_regularizer);
  field("activity_regularizer", o.activity_regularizer);
  field("kernel_constraint", o.kernel_constraint);
  field("bias_constraint", o.bias_constraint);
  detail::visit_common_fields(o, field);
};

}  // namespace

Conv2D::Conv2D(Options options) : Layer(layer_options(options)), options_(std::move(options)) {
  const std::string path = this->path();
  Options& o = options_;
  detail::resolve_functions(path, visit_fields, o);
  set_activity_regularizer(o.activity_regularizer);
  detail::check_positive(path, "filters", o.filters);
  detail::window_of(o).check(path);
  set_input_spec(detail::window_of(o).input_spec());
}

Conv2D Conv2D::from_config(const Config& config) {
  return Conv2D(
      detail::options_from<Options>(config, "conv2d", visit_fields, {"groups", "conv_op"}));
}

Config Conv2D::get_config() const { return detail::config_of(*this, options_, visit_fields); }

void Conv2D::create_weights(const Shape& input) {
  const detail::ConvolutionWindow window = detail::window_of(options_);
  const Index channels = window.channels_of(input);
  window.check_output(input);
  kernel_ = add_weight(
      "kernel",
      {options_.kernel_size.rows, options_.kernel_size.columns, channels, options_.filters},
      {.initializer = options_.kernel_initializer,
       .regularizer = options_.kernel_regularizer,
       .constraint = options_.kernel_constraint,
       .kind = KernelKind::convolution});
  bias_ = detail::add_bias(*this, options_, options_.filters);
  set_input_spec(window.input_spec(channels));
}

Tensor Conv2D::call(const Tensor& x, const Call&) {
  Tensor y = convolution_op(x, kernel_);
  if (bias_.defined()) y = bias_add(y, bias_, options_.data_format);
  return options_.activation(y);
}

Tensor Conv2D::convolution_op(const Tensor& x, const Operand& kernel) const {
  return reel::conv2d(x, kernel, detail::window_of(options_).options);
}

Shape Conv2D::compute_output_shape(const Shape& input) const {
  return detail::with_path(
      path(), [&] { return detail::window_of(options_).output_shape(input, options_.filters); });
}

namespace layers {

Tensor conv2d(const Tensor& x, Conv2DOptions options, const Call& call) {
  return detail::call_once<Conv2D>(x, std::move(options), call);
}

}  // namespace layers
}  // namespace reel
