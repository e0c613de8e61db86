#include <reel/layers/dense.h>

#include <reel/core/ops.h>
#include <reel/layers/base/config_fields.h>
#include <reel/layers/base/convolution_shapes.h>
#include <reel/layers/base/naming.h>
#include <reel/layers/base/weighted_layer.h>
#include <reel/layers/scope/functional_form.h>

namespace reel {
namespace {

constexpr auto visit_fields = [](auto& o, auto& field) {
  field("units", o.units);
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

Dense::Dense(Options options) : Layer(layer_options(options)), options_(std::move(options)) {
  const std::string path = this->path();
  Options& o = options_;
  detail::resolve_functions(path, visit_fields, o);
  set_activity_regularizer(o.activity_regularizer);
  detail::check_positive(path, "units", o.units);
  set_input_spec({.min_rank = 2});
}

void Dense::create_weights(const Shape& input) {
  if (input.rank() < 2) throw ValueError("the input must have rank >= 2; got shape {}", input);
  const Index features = input[-1];
  if (features == Shape::unknown)
    throw ValueError("the input's last axis must be known; got shape {}", input);
  kernel_ = add_weight("kernel", {features, options_.units},
                       {.initializer = options_.kernel_initializer,
                        .regularizer = options_.kernel_regularizer,
                        .constraint = options_.kernel_constraint,
                        .kind = KernelKind::dense});
  bias_ = detail::add_bias(*this, options_, options_.units);
  set_input_spec({.min_rank = 2, .axes = {{.axis = -1, .size = features, .what = "features"}}});
}

Tensor Dense::call(const Tensor& x, const Call&) {
  // One product of two matrices, whatever the rank.
  const bool is_matrix = x.rank() == 2;
  const Index rows = x.size() / std::max<Index>(x.dim(-1), 1);
  Tensor y = matmul(is_matrix ? x : reshape(x, {rows, x.dim(-1)}), kernel_);
  if (bias_.defined()) y = bias_add(y, bias_);
  if (!is_matrix) y = reshape(y, compute_output_shape(x.shape()));
  return options_.activation(y);
}

Shape Dense::compute_output_shape(const Shape& input) const {
  return detail::with_path(path(), [&] {
    if (input.rank() < 2) throw ValueError("the input must have rank >= 2; got shape {}", input);
    Shape output = input;
    output[-1] = options_.units;
    return output;
  });
}

Dense Dense::from_config(const Config& config) {
  return Dense(detail::options_from<Options>(config, "dense", visit_fields));
}

Config Dense::get_config() const { return detail::config_of(*this, options_, visit_fields); }

namespace layers {

Tensor dense(const Tensor& x, DenseOptions options, const Call& call) {
  return detail::call_once<Dense>(x, std::move(options), call);
}

}  // namespace layers
}  // namespace reel
