// SeparableConv2D: a depthwise convolution, then a pointwise one.
//
//   t[n, p, q, c M + m] = sum_{r, s} x[n, p S + r D - before, q S + s D - before, c] d[r, s, c, m]
//   y[n, p, q, f]       = activation(sum_t t[n, p, q, t] w[0, 0, t, f] + b[f])
//
// It needs R S C M + C M F weights where a full convolution needs R S C F. The two kernels keep one
// layout for both data formats. The op underneath never stores the depthwise result
// (separable_convolution.h). Behaves as `tf.compat.v1.layers.SeparableConv2D`, but refuses
// what that class computes wrongly: strides together with dilation, a depth multiplier below 1.
// Source: Sifre and Mallat (2014); Chollet, "Xception" (2017). Read before: layer_of.h.
#pragma once

#include <reel/core/ops/window_options.h>
#include <reel/layers/base/layer_of.h>
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

class SeparableConv2D : public LayerOf<SeparableConv2D, SeparableConv2DOptions> {
 public:
  /// ValueError (TypeError) for an argument outside its domain, in the order of the arguments.
  explicit SeparableConv2D(Options options);

  /// (R, S, C, M), (1, 1, C * M, F) and (F,); undefined before the build, or without a bias.
  const Variable& depthwise_kernel() const { return depthwise_kernel_; }
  const Variable& pointwise_kernel() const { return pointwise_kernel_; }
  const Variable& bias() const { return bias_; }

  /// x of shape (N, H, W, C), or (N, C, H, W) with channels_first.
  Tensor call(const Tensor& x, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor> xs, const Tensor& y) const override;

  /// x convolved with a dense kernel of shape (R, S, C, F) under this layer's strides, padding,
  /// data format and dilation; neither bias nor activation. Needs no build.
  Tensor convolution_op(const Tensor& x, const Operand& kernel) const;

 protected:
  Shape output_shape(const Shape& input) const override;
  void create_weights(const Shape& input) override;

 private:
  Variable depthwise_kernel_, pointwise_kernel_, bias_;
};

using SeparableConvolution2D = SeparableConv2D;

}  // namespace reel
