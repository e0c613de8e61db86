// BatchNormalization: each channel brought to mean 0 and variance 1, then scaled and shifted.
//
//   training:  y = gamma (x - mean) / sqrt(variance + epsilon) + beta, statistics of the batch
//   inference: the same with the moving statistics
//
// In training a call queues two updates, the moving mean's first: moving += (batch - moving) *
// (1 - momentum). They are not applied by themselves, as in TensorFlow 1: call `apply_updates`
// after the step. A frozen layer still uses the batch in training, but has no updates.
// Behaves as `tf.compat.v1.layers.BatchNormalization` without renorm and virtual batches.
// Source: Ioffe and Szegedy (2015). Read before: layer.h, core/ops/normalization.h.
#pragma once

#include <optional>

#include <reel/layers/base/config.h>
#include <reel/layers/base/layer.h>

namespace reel {

struct BatchNormalizationLayerOptions {
  int axis = -1;  ///< of the channels
  double momentum = 0.99;
  double epsilon = 1e-3;
  bool center = true;  ///< whether there is a beta
  bool scale = true;   ///< whether there is a gamma
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Initializer moving_mean_initializer = "zeros";
  Initializer moving_variance_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  /// Whether the moving variance takes the batch's variance times n / (n - 1), n elements a
  /// channel, as the reference's fused kernel does; y does not depend on it. None: where that
  /// kernel works, at rank 4 or 5 with the channels first or last.
  std::optional<bool> fused = {};
  bool trainable = true;
  std::string name = {};
  Regularizer activity_regularizer = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
  std::vector<Tensor> weights = {};
  LayerScope scope = {};
  Reuse reuse = {};
};

class BatchNormalization : public Layer {
 public:
  using Options = BatchNormalizationLayerOptions;

  /// ValueError for an argument outside its domain, in the order of the arguments.
  explicit BatchNormalization(Options options = {});

  /// The layer that a config describes. TypeError for an entry that is no argument.
  static BatchNormalization from_config(const Config& config);

  const Options& options() const { return options_; }
  Config get_config() const override;

  /// All of shape (C,); undefined before the build, gamma without `scale`, beta without `center`.
  const Variable& gamma() const { return gamma_; }
  const Variable& beta() const { return beta_; }
  const Variable& moving_mean() const { return moving_mean_; }
  const Variable& moving_variance() const { return moving_variance_; }

  /// x of any rank >= 2.
  using Layer::call;
  Tensor call(const Tensor& x, const Call& call) override;

  using Layer::compute_output_shape;
  Shape compute_output_shape(const Shape& input) const override { return input; }

 protected:
  using Layer::create_weights;
  void create_weights(const Shape& input) override;

 private:
  void update_towards(const Variable& moving, const Tensor& batch);

  Options options_;
  Variable gamma_, beta_, moving_mean_, moving_variance_;
};

namespace layers {

/// The functional form: makes the layer and calls it once; the variable store keeps its variables.
/// Deprecated, as in the reference: a process is told so once.
/// `name` is then the exact variable scope; calling again with the same name needs `reuse`.
Tensor batch_normalization(const Tensor& x, BatchNormalizationLayerOptions options = {},
                           const Call& call = {});

}  // namespace layers
}  // namespace reel
