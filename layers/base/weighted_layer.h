// What the layers with kernels and a bias share: fields, weights, and what their arithmetic costs.
//
// Templates on the layer's options instead of a base class: the layers differ in their kernels and
// agree only here. Read before: layer_options.h. Read next: dense.h.
#pragma once

#include <reel/layers/base/config_fields.h>
#include <reel/layers/base/layer.h>
#include <reel/layers/functions/activations.h>

namespace reel::detail {

/// The fields of a layer with one kernel, as its config has them, behind those of its shape.
void visit_kernel_fields(auto& o, auto& field) {
  field("activation", o.activation);
  field("use_bias", o.use_bias);
  field("kernel_initializer", o.kernel_initializer);
  field("bias_initializer", o.bias_initializer);
  field("kernel_regularizer", o.kernel_regularizer);
  field("bias_regularizer", o.bias_regularizer);
  field("activity_regularizer", o.activity_regularizer);
  field("kernel_constraint", o.kernel_constraint);
  field("bias_constraint", o.bias_constraint);
}

/// The kernel of such a layer.
Variable add_kernel(Layer& layer, const auto& options, const Shape& shape, KernelKind kind) {
  return layer.add_weight("kernel", shape,
                          {.initializer = options.kernel_initializer,
                           .regularizer = options.kernel_regularizer,
                           .constraint = options.kernel_constraint,
                           .kind = kind});
}

/// The kernel of a layer that convolves each channel with filters of its own.
Variable add_depthwise_kernel(Layer& layer, const auto& options, Index channels) {
  const Pair& size = options.kernel_size;
  return layer.add_weight("depthwise_kernel",
                          {size.rows, size.columns, channels, options.depth_multiplier},
                          {.initializer = options.depthwise_initializer,
                           .regularizer = options.depthwise_regularizer,
                           .constraint = options.depthwise_constraint,
                           .kind = KernelKind::depthwise});
}

/// The bias of a layer with these options, of shape (size,); none when they want none.
Variable add_bias(Layer& layer, const auto& options, Index size) {
  if (!options.use_bias) return {};
  return layer.add_weight("bias", {size},
                          {.initializer = options.bias_initializer,
                           .regularizer = options.bias_regularizer,
                           .constraint = options.bias_constraint,
                           .kind = KernelKind::bias});
}

/// How many positions a kernel (R, S, ...) covers.
inline Index taps_of(const Variable& kernel) { return kernel.shape()[0] * kernel.shape()[1]; }

/// FLOPs of an activation of y.
inline Index flops_of(const Activation& activation, const Tensor& y) {
  return activation && activation.name() != "linear" ? y.size() : 0;
}

/// FLOPs of a layer whose result y has sums of so many products as its elements, with the addition
/// of its bias and its activation.
Index flops_of_sums(const auto& layer, Index products, const Tensor& y) {
  const Index biases = layer.bias().defined() ? y.size() : 0;
  return 2 * products * y.size() + biases + flops_of(layer.options().activation, y);
}

}  // namespace reel::detail
