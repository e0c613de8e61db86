// Embedding: a vector that is learned for each of `input_dim` things, which are numbered from 0.
//
//   y[..., :] = embeddings[x[...], :]
//
// x holds the numbers as a tensor of floats does: whole, in [0, input_dim). Behaves as
// `tf.keras.layers.Embedding` without masks. Read before: layer_of.h, shape_ops.h (`gather`).
#pragma once

#include <reel/layers/base/layer_of.h>

namespace reel {

struct EmbeddingOptions {
  Index input_dim = 0;   ///< how many things; must be given
  Index output_dim = 0;  ///< how long their vectors are; must be given
  Initializer embeddings_initializer = "uniform";
  Regularizer embeddings_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint embeddings_constraint = {};
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
  std::vector<Tensor> weights = {};
  LayerScope scope = {};
  Reuse reuse = {};
};

class Embedding : public LayerOf<Embedding, EmbeddingOptions> {
 public:
  /// ValueError (TypeError) for an argument outside its domain, in the order of the arguments;
  /// positions end at 2^31 - 1.
  explicit Embedding(Options options);

  /// (input_dim, output_dim); undefined before the build.
  const Variable& embeddings() const { return embeddings_; }

  /// x of any shape -> (shape of x..., output_dim). ValueError, with the number and its place,
  /// unless all of x are whole numbers in [0, input_dim). The gradient of a vector is the sum of dy
  /// wherever it was taken; x has none.
  Tensor call(const Tensor& x, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor>, const Tensor&) const override { return 0; }

 protected:
  Shape output_shape(const Shape& input) const override;
  void create_weights(const Shape& input) override;

 private:
  Variable embeddings_;
};

}  // namespace reel
