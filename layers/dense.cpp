#include <reel/layers/dense.h>

#include <reel/core/ops.h>
#include <reel/layers/base/image_shapes.h>
#include <reel/layers/base/layer_of_members.h>
#include <reel/layers/base/weighted_layer.h>

namespace reel {

void visit_fields(DenseOptions& o, auto& field) {
  field("units", o.units);
  detail::visit_kernel_fields(o, field);
}

Dense::Dense(Options options) : LayerOf(std::move(options)) {
  resolve_functions();
  const std::string path = this->path();
  detail::check_positive(path, "units", options_.units);
  set_input_spec({.min_rank = 2});
}

void Dense::create_weights(const Shape& input) {
  output_shape(input);  // refuses what cannot be
  const Index features = input[-1];
  if (features == Shape::unknown)
    throw ValueError("the input's last axis must be known; got shape {}", input);
  kernel_ = detail::add_kernel(*this, options_, {features, options_.units}, KernelKind::dense);
  bias_ = detail::add_bias(*this, options_, options_.units);
  set_input_spec({.min_rank = 2, .axes = {{.axis = -1, .size = features, .what = "features"}}});
}

Tensor Dense::call(const Tensor& x, const Call&) {
  // One product of two matrices, whatever the rank.
  const bool is_matrix = x.rank() == 2;
  const Shape shape = output_shape(x.shape());
  Tensor y =
      matmul(is_matrix ? x : reshape(x, {shape.size() / options_.units, x.dim(-1)}), kernel_);
  if (bias_.defined()) y = bias_add(y, bias_);
  if (!is_matrix) y = reshape(y, shape);
  return options_.activation(y);
}

Shape Dense::output_shape(const Shape& input) const {
  if (input.rank() < 2) throw ValueError("the input must have rank >= 2; got shape {}", input);
  // A net of no features would train the bias alone.
  if (input[-1] == 0)
    throw ValueError(
        "the input's last axis must be >= 1; got shape {}, from which {} units are "
        "to be computed; enlarge the input of the layers before",
        input, options_.units);
  Shape output = input;
  output[-1] = options_.units;
  return output;
}

std::optional<Index> Dense::flops(std::span<const Tensor>, const Tensor& y) const {
  return detail::flops_of_sums(*this, kernel_.shape()[0], y);
}

template class LayerOf<Dense, DenseOptions>;

}  // namespace reel
