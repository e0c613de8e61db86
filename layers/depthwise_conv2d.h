// DepthwiseConv2D: each channel convolved with filters of its own, with bias and activation.
//
//   y[n, p, q, c M + m] = activation(b[c M + m] + sum_{r, s} w[r, s, c, m] x[n, p S + r D - before,
//                                                                   q S + s D - before, c])
//
// The first half of SeparableConv2D; as `tf.keras.layers.DepthwiseConv2D`.
// Read before: separable_conv2d.h, whose checks and shapes it shares (image_shapes.h).
#pragma once

#include <reel/core/ops/window_options.h>
#include <reel/layers/base/layer_of.h>
#include <reel/layers/functions/activations.h>

namespace reel {

struct DepthwiseConv2DOptions {
  Pair kernel_size = 0;  ///< must be given
  Pair strides = 1;
  Padding padding = "valid";
  Index depth_multiplier = 1;  ///< filters a channel
  DataFormat data_format = "channels_last";
  Pair dilation_rate = 1;
  Activation activation = {};
  bool use_bias = true;
  Initializer depthwise_initializer = {};  ///< none: the scope's, else glorot_uniform
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint depthwise_constraint = {};
  Constraint bias_constraint = {};
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
  std::vector<Tensor> weights = {};
  LayerScope scope = {};
  Reuse reuse = {};
};

class DepthwiseConv2D : public LayerOf<DepthwiseConv2D, DepthwiseConv2DOptions> {
 public:
  /// ValueError (TypeError) for an argument outside its domain, in the order of the arguments.
  explicit DepthwiseConv2D(Options options);
  /// (R, S, C, M) and (C * M,); undefined before the build, or without a bias.
  const Variable& depthwise_kernel() const { return depthwise_kernel_; }
  const Variable& bias() const { return bias_; }

  /// x of shape (N, H, W, C), or (N, C, H, W) with channels_first.
  Tensor call(const Tensor& x, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor> xs, const Tensor& y) const override;

 protected:
  Shape output_shape(const Shape& input) const override;
  void create_weights(const Shape& input) override;

 private:
  Variable depthwise_kernel_, bias_;
};

}  // namespace reel
