// SeparableConv2D: a depthwise convolution, then a pointwise one.
//
//   t[n, p, q, c M + m] = sum_{r, s} x[n, p S + r D - before, q S + s D - before, c] d[r, s, c, m]
//   y[n, p, q, f]       = activation(sum_t t[n, p, q, t] w[0, 0, t, f] + b[f])
//
// It needs R S C M + C M F weights where a full convolution needs R S C F. The two kernels keep one
// layout for both data formats. The op underneath never stores the depthwise result
// (core/ops/separable_convolution.h). Behaves as `tf.compat.v1.layers.SeparableConv2D`, but refuses
// what that class computes wrongly: strides together with dilation, a depth multiplier below 1.
// Source: Sifre and Mallat (2014); Chollet, "Xception" (2017). Read before: layer.h.
#pragma once

#include <optional>

#include <reel/core/ops/window_options.h>
#include <reel/layers/base/config.h>
#include <reel/layers/base/layer.h>
#include <reel/layers/functions/activations.h>

namespace reel {

struct SeparableConv2DOptions {
  Index filters = 0;  ///< channels of the output; must be given
  Pair kernel_size = 0;
  Pair strides = 1;
  Padding padding = "valid";
  DataFormat data_format = "channels_last";
  Pair dilation_rate = 1;
  Index depth_multiplier = 1;  ///< depthwise filters a channel
  Activation activation = {};
  bool use_bias = true;
  Initializer depthwise_initializer = {};  ///< none: the scope's, else glorot_uniform
  Initializer pointwise_initializer = {};
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {};
  Regularizer pointwise_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint depthwise_constraint = {};
  Constraint pointwise_constraint = {};
  Constraint bias_constraint = {};
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
  std::vector<Tensor> weights = {};
  LayerScope scope = {};
  Reuse reuse = {};
};

class SeparableConv2D : public Layer {
 public:
  using Options = SeparableConv2DOptions;

  /// ValueError (TypeError) for an argument outside its domain, in the order of the arguments.
  explicit SeparableConv2D(Options options);

  /// The layer that a config describes. TypeError for an entry that is no argument.
  static SeparableConv2D from_config(const Config& config);

  const Options& options() const { return options_; }
  Config get_config() const override;

  /// (R, S, C, M), (1, 1, C * M, F) and (F,); undefined before the build, or without a bias.
  const Variable& depthwise_kernel() const { return depthwise_kernel_; }
  const Variable& pointwise_kernel() const { return pointwise_kernel_; }
  const Variable& bias() const { return bias_; }

  /// x of shape (N, H, W, C), or (N, C, H, W) with channels_first.
  using Layer::call;
  Tensor call(const Tensor& x, const Call& call) override;

  /// x convolved with a dense kernel of shape (R, S, C, F) under this layer's strides, padding,
  /// data format and dilation; neither bias nor activation. Needs no build.
  Tensor convolution_op(const Tensor& x, const Operand& kernel) const;

  using Layer::compute_output_shape;
  /// Unknown extents stay unknown. ValueError when an extent would be below 0.
  Shape compute_output_shape(const Shape& input) const override;

 protected:
  using Layer::create_weights;
  void create_weights(const Shape& input) override;

 private:
  Options options_;
  Variable depthwise_kernel_, pointwise_kernel_, bias_;
};

using SeparableConvolution2D = SeparableConv2D;

namespace layers {

/// The functional form: makes the layer and calls it once; the variable store keeps its variables.
/// Deprecated, as in the reference: a process is told so once.
/// `name` is then the exact variable scope; calling again with the same name needs `reuse`.
Tensor separable_conv2d(const Tensor& x, SeparableConv2DOptions options, const Call& call = {});

}  // namespace layers
}  // namespace reel
