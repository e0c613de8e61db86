// Conv2DTranspose: a convolution run backwards, from its result's positions to those of its input.
//
//   y[n, p S + r D - before, q S + s D - before, f] += w[r, s, f, c] x[n, p, q, c]   for all of
//   them
//
// and then the bias and the activation: the gradient in x of a Conv2D from F channels to C with
// these options, so it makes images larger where that makes them smaller. With L the extent of x,
// K = (R - 1) D + 1 that of the kernel and A the output padding, an axis of y is
//
//                    valid                     same
//   without A        L S + max(K - S, 0)       L S
//   with A           (L - 1) S + K + A         (L - 1) S + K % 2 + A
//
// Several extents make a strided convolution's result of one size; A chooses among them. Behaves as
// `tf.keras.layers.Conv2DTranspose` without groups. Read before: conv2d.h, convolution.h.
#pragma once

#include <reel/core/ops/window_options.h>
#include <reel/layers/base/layer_of.h>
#include <reel/layers/functions/activations.h>

namespace reel {

struct Conv2DTransposeOptions {
  Index filters = 0;  ///< channels of the output; must be given
  Pair kernel_size = 0;
  Pair strides = 1;
  Padding padding = "valid";
  std::optional<Pair> output_padding = {};  ///< below the strides; none: as above
  DataFormat data_format = "channels_last";
  Pair dilation_rate = 1;
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

class Conv2DTranspose : public LayerOf<Conv2DTranspose, Conv2DTransposeOptions> {
 public:
  /// ValueError (TypeError) for an argument outside its domain, in the order of the arguments but
  /// output_padding, which is last. An even kernel with padding "same" can only have one that is
  /// above 0.
  explicit Conv2DTranspose(Options options);
  /// (R, S, F, C) and (F,); undefined before the build, or without a bias.
  const Variable& kernel() const { return kernel_; }
  const Variable& bias() const { return bias_; }

  /// x of shape (N, H, W, C), or (N, C, H, W) with channels_first.
  Tensor call(const Tensor& x, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor> xs, const Tensor& y) const override;

 protected:
  /// ValueError for an image without rows or columns.
  Shape output_shape(const Shape& input) const override;
  void create_weights(const Shape& input) override;

 private:
  Index length_of(Index n, int Pair::*side) const;

  Variable kernel_, bias_;
};

using Convolution2DTranspose = Conv2DTranspose;

}  // namespace reel
