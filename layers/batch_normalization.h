// BatchNormalization: each channel brought to mean 0 and variance 1, then scaled and shifted.
//
//   training:  y = gamma (x - mean) / sqrt(variance + epsilon) + beta, statistics of the batch
//   inference: the same with the moving statistics
//
// In training a call queues two updates, the moving mean's first: moving += (batch - moving) *
// (1 - momentum). They are not applied by themselves, as in TensorFlow 1: call `apply_updates`
// after the step. A frozen layer still uses the batch in training, but has no updates.
// Behaves as `tf.compat.v1.layers.BatchNormalization` without renorm and virtual batches.
// Source: Ioffe and Szegedy (2015). Read before: layer_of.h, normalization.h.
#pragma once

#include <reel/layers/base/layer_of.h>

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

class BatchNormalization : public LayerOf<BatchNormalization, BatchNormalizationLayerOptions> {
 public:
  /// ValueError for an argument outside its domain, in the order of the arguments.
  explicit BatchNormalization(Options options = {});
  explicit BatchNormalization(EmptyBraces) : BatchNormalization() {}

  /// All of shape (C,); undefined before the build, gamma without `scale`, beta without `center`.
  const Variable& gamma() const { return gamma_; }
  const Variable& beta() const { return beta_; }
  const Variable& moving_mean() const { return moving_mean_; }
  const Variable& moving_variance() const { return moving_variance_; }

  /// x of any rank >= 2. An empty batch in training has an empty result and no updates. ValueError
  /// in training when the mean or variance of a channel is infinite or NaN.
  Tensor call(const Tensor& x, const Call& call) override;
  /// A factor and an offset a channel.
  std::optional<Index> flops(std::span<const Tensor>, const Tensor& y) const override {
    return 2 * y.size();
  }

 protected:
  Shape output_shape(const Shape& input) const override { return input; }
  void create_weights(const Shape& input) override;

 private:
  void update_towards(const Variable& moving, const Tensor& batch);

  Variable gamma_, beta_, moving_mean_, moving_variance_;
};

}  // namespace reel
