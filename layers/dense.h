// Dense: every output from every input, y = activation(x w + b).
//
// x has any rank >= 2; the product runs over its last axis, so that (N, T, in) gives (N, T, units)
// with the same weights at every position. Behaves as `tf.compat.v1.layers.Dense`.
// Read before: layer.h, core/ops/matmul.h.
#pragma once

#include <reel/layers/base/config.h>
#include <reel/layers/base/layer.h>
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

class Dense : public Layer {
 public:
  using Options = DenseOptions;

  /// ValueError (TypeError) for an argument outside its domain, in the order of the arguments.
  explicit Dense(Options options);

  /// The layer that a config describes. TypeError for an entry that is no argument.
  static Dense from_config(const Config& config);

  const Options& options() const { return options_; }
  Config get_config() const override;

  /// (in, units) and (units,); undefined before the build, or without a bias.
  const Variable& kernel() const { return kernel_; }
  const Variable& bias() const { return bias_; }

  /// x of shape (N, ..., in) -> (N, ..., units).
  using Layer::call;
  Tensor call(const Tensor& x, const Call& call) override;

  using Layer::compute_output_shape;
  Shape compute_output_shape(const Shape& input) const override;

 protected:
  using Layer::create_weights;
  void create_weights(const Shape& input) override;

 private:
  Options options_;
  Variable kernel_, bias_;
};

namespace layers {

/// The functional form: makes the layer and calls it once; the variable store keeps its variables.
/// Deprecated, as in the reference: a process is told so once.
/// `name` is then the exact variable scope; calling again with the same name needs `reuse`.
Tensor dense(const Tensor& x, DenseOptions options, const Call& call = {});

}  // namespace layers
}  // namespace reel
