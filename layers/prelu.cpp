#include <reel/layers/prelu.h>

#include <cmath>

#include <reel/core/ops.h>
#include <reel/layers/base/layer_of_members.h>

namespace reel {

void visit_fields(PReLUOptions& o, auto& field) {
  field("alpha_initializer", o.alpha_initializer);
  field("alpha_regularizer", o.alpha_regularizer);
  field("alpha_constraint", o.alpha_constraint);
  std::optional axes = o.shared_axes;  // the reference writes none for none
  field("shared_axes", axes);
  o.shared_axes = axes.value_or(std::vector<int>());
  field("activity_regularizer", o.activity_regularizer);
}

PReLU::PReLU(Options options) : LayerOf(std::move(options)) {
  resolve_functions();
  set_input_spec({.min_rank = 2});
}

void PReLU::create_weights(const Shape& input) {
  if (input.rank() < 2) throw ValueError("the input must have rank >= 2; got shape {}", input);
  Shape shape = input.without(0);
  for (const int given : options_.shared_axes) {
    const int axis = normalize_axis("shared_axes", given, input.rank());
    if (axis == 0) throw ValueError("shared_axes must not hold the batch axis; got {}", given);
    shape[axis - 1] = 1;
  }
  alpha_ = add_weight("alpha", shape,
                      {.initializer = options_.alpha_initializer,
                       .regularizer = options_.alpha_regularizer,
                       .constraint = options_.alpha_constraint});
  InputSpec spec{.rank = input.rank()};
  for (int axis = 1; axis < input.rank(); ++axis)
    if (shape[axis - 1] != 1)
      spec.axes.push_back({.axis = axis, .size = shape[axis - 1], .what = "extent"});
  set_input_spec(std::move(spec));
}

// Where alpha is 0, so is y below 0, down to -infinity; 0 times that would be NaN.
Tensor PReLU::call(const Tensor& x, const Call&) {
  const Tensor y = relu(x) - alpha_ * relu(-x);
  const auto is_any = [&](const Tensor& values, double wanted) {
    const PauseRecording pause;
    return any(equal(values, wanted)).item() != 0;
  };
  if (!is_any(alpha_.stored(), 0) || !is_any(x, -HUGE_VAL)) return y;
  const Tensor below = where(equal(alpha_, 0) * equal(x, -HUGE_VAL), 0, relu(-x));
  return relu(x) - alpha_ * below;
}

template class LayerOf<PReLU, PReLUOptions>;

}  // namespace reel
