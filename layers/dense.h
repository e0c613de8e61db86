// Dense: every output from every input, y = activation(x w + b).
//
// x has any rank >= 2; the product runs over its last axis, so that (N, T, in) gives (N, T, units)
// with the same weights at every position. Behaves as `tf.compat.v1.layers.Dense`.
// Read before: layer_of.h, matmul.h.
#pragma once

#include <reel/layers/base/layer_of.h>
#include <reel/layers/functions/activations.h>

namespace reel {

struct DenseOptions {
  Index units = 0;  ///< extent of the output's last axis; must be given
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

class Dense : public LayerOf<Dense, DenseOptions> {
 public:
  /// ValueError (TypeError) for an argument outside its domain, in the order of the arguments.
  explicit Dense(Options options);

  /// (in, units) and (units,); undefined before the build, or without a bias.
  const Variable& kernel() const { return kernel_; }
  const Variable& bias() const { return bias_; }

  /// x of shape (N, ..., in) -> (N, ..., units).
  Tensor call(const Tensor& x, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor> xs, const Tensor& y) const override;

 protected:
  Shape output_shape(const Shape& input) const override;
  void create_weights(const Shape& input) override;

 private:
  Variable kernel_, bias_;
};

}  // namespace reel
