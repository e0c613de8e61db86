// tf1::TF1Optimizer: how an optimizer of TensorFlow 1 (tf.compat.v1.train) is used.
//
// Gradients are computed and applied in two public calls, and a step is counted in a variable of
// the user's if one is given. There are no clipping arguments: what stands between the two calls
// does that. The rate is a number or any function. Constraints are applied as everywhere.
// Read before: optimizer.h. Read next: tf1_optimizers.h.
#pragma once

#include <optional>

#include <reel/optim/optimizer.h>

namespace reel::tf1 {

class TF1Optimizer : public Optimizer {
 public:
  /// The gradients of `loss` with respect to `variables`, undefined for those that it does not
  /// depend on; without a list, of the trainable variables that it reads. ValueError when it reads
  /// none of these.
  std::vector<VariableGradient> compute_gradients(
      const std::function<Tensor()>& loss,
      const std::optional<std::vector<Variable>>& variables = std::nullopt,
      const Tensor& grad_loss = {}) const;

  /// One step, as Optimizer::apply_gradients, which counts `global_step` up by one if it is given,
  /// a float64 scalar. ValueError for no pairs at all, too; TypeError for another dtype of the
  /// step.
  void apply_gradients(const std::vector<VariableGradient>& gradients,
                       const Variable& global_step = {});

  /// Both.
  void minimize(const std::function<Tensor()>& loss, const Variable& global_step = {},
                const std::optional<std::vector<Variable>>& variables = std::nullopt,
                const Tensor& grad_loss = {});

 protected:
  TF1Optimizer(const std::string& name, const LearningRate& learning_rate);
  bool update_decays_weights() const override { return true; }
};

}  // namespace reel::tf1
