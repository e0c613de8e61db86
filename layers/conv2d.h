// Conv2D: a dense convolution with bias and activation.
//
//   y[n, p, q, f] = activation(b[f] + sum_{r, s, c} x[n, p S + r D - before, q S + s D - before, c]
//                                                   w[r, s, c, f])
//
// In G groups a filter sees C / G channels, those of its group (convolution.h); with G = C it is a
// depthwise convolution. Behaves as `tf.compat.v1.layers.Conv2D`. Unlike SeparableConv2D, building
// it for an input that leaves no output position is an error, as in the reference. Read before:
// separable_conv2d.h, whose checks and shapes it shares (image_shapes.h).
#pragma once

#include <reel/core/ops/window_options.h>
#include <reel/layers/base/layer_of.h>
#include <reel/layers/functions/activations.h>

namespace reel {

struct Conv2DOptions {
  Index filters = 0;  ///< channels of the output; must be given
  Pair kernel_size = 0;
  Pair strides = 1;
  Padding padding = "valid";
  DataFormat data_format = "channels_last";
  Pair dilation_rate = 1;
  Index groups = 1;  ///< into which channels and filters are cut; must divide both
  Activation activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = {};  ///< none: the scope's, else glorot_uniform
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
  std::vector<Tensor> weights = {};
  LayerScope scope = {};
  Reuse reuse = {};
};

class Conv2D : public LayerOf<Conv2D, Conv2DOptions> {
 public:
  /// ValueError (TypeError) for an argument outside its domain, in the order of the arguments.
  explicit Conv2D(Options options);
  /// (R, S, C / groups, F) and (F,); undefined before the build, or without a bias.
  const Variable& kernel() const { return kernel_; }
  const Variable& bias() const { return bias_; }

  /// x of shape (N, H, W, C), or (N, C, H, W) with channels_first.
  Tensor call(const Tensor& x, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor> xs, const Tensor& y) const override;

  /// x convolved with a kernel of shape (R, S, C / groups, F), any groups, under this layer's
  /// strides, padding, data format and dilation; neither bias nor activation. Needs no build.
  Tensor convolution_op(const Tensor& x, const Operand& kernel) const;

 protected:
  Shape output_shape(const Shape& input) const override;
  /// ValueError when the output would have no positions, or the channels are not whole groups.
  void create_weights(const Shape& input) override;

 private:
  Variable kernel_, bias_;
};

using Convolution2D = Conv2D;

}  // namespace reel
