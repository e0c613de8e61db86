// LayerNormalization: each sample brought to mean 0 and variance 1, then scaled and shifted.
//
//   y = gamma (x - mean) / sqrt(variance + epsilon) + beta
//
// Mean and variance are those of x over `axis`, one pair for each position of the other axes, so
// training and inference are alike and a batch of one is as good as any. gamma and beta have the
// extents of `axis`. Behaves as `tf.keras.layers.LayerNormalization`. Source: Ba, Kiros and Hinton
// (2016), arXiv:1607.06450. Read before: layer_of.h, normalization.h, batch_normalization.h.
#pragma once

#include <vector>

#include <reel/layers/base/layer_of.h>

namespace reel {

struct LayerNormalizationOptions {
  std::vector<int> axis = {-1};  ///< one or several that are normalised together
  double epsilon = 1e-3;         ///< added to the variance
  bool center = true;            ///< whether there is a beta
  bool scale = true;             ///< whether there is a gamma
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  bool trainable = true;
  std::string name = {};
  Regularizer activity_regularizer = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
  std::vector<Tensor> weights = {};
  LayerScope scope = {};
  Reuse reuse = {};
};

class LayerNormalization : public LayerOf<LayerNormalization, LayerNormalizationOptions> {
 public:
  /// ValueError for an argument outside its domain, in the order of the arguments.
  explicit LayerNormalization(Options options = {});
  explicit LayerNormalization(EmptyBraces) : LayerNormalization() {}

  /// Of the extents of `axis` in its order; undefined before the build, gamma without `scale`, beta
  /// without `center`.
  const Variable& gamma() const { return gamma_; }
  const Variable& beta() const { return beta_; }

  /// x of any shape whose extents of `axis` are those of the build; y of the same. Right at any
  /// scale of x. The gradient goes through mean and variance.
  Tensor call(const Tensor& x, const Call& call) override;
  /// Mean, difference, variance and quotient, a factor and an offset.
  std::optional<Index> flops(std::span<const Tensor>, const Tensor& y) const override {
    return (5 + options_.scale + options_.center) * y.size();
  }

 protected:
  Shape output_shape(const Shape& input) const override { return input; }
  /// ValueError for an axis that x does not have, has twice, or of which the extent is unknown.
  void create_weights(const Shape& input) override;

 private:
  void lay_out(const Shape& input, const std::vector<int>& axes);
  Tensor normalized(const Tensor& x) const;

  Variable gamma_, beta_;
  Shape along_;                      // the input's, with 1 on the other axes
  std::vector<int> to_rows_, back_;  // permutations; none where the axes are the last
};

}  // namespace reel
