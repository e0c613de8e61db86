// The optimizers of TensorFlow 1, tf.compat.v1.train: where their formulas differ, so do these.
//
//   GradientDescent:  w <- w - rate g
//   Momentum:         a <- momentum a + g;  w <- w - rate a;  nesterov: w <- w - rate (g + momentum
//   a) Adam:             as Adam, epsilon 1e-8 RMSProp:          rms from 1;  a <- momentum a +
//   rate g / sqrt(q + epsilon);  w <- w - a Adagrad:          acc <- acc + g^2;  w <- w - rate g /
//   sqrt(acc)
//
// The rate stands outside of Momentum's a: changing it rescales what was gathered before, other
// than in SGD. q is rms, minus the square of the mean gradient where it is centered. Read before:
// tf1_optimizer.h. Read next: tf1_optimizers.cpp.
#pragma once

#include <reel/optim/tf1/tf1_optimizer.h>

namespace reel::tf1 {

/// Errors of all: ValueError for what has no meaning, whose text begins with the optimizer's name.

struct GradientDescentOptions {
  LearningRate learning_rate = -1;  ///< must be given
  std::string name = "GradientDescent";
};
class GradientDescentOptimizer final : public TF1Optimizer {
 public:
  explicit GradientDescentOptimizer(const GradientDescentOptions& options);

 private:
  void update(const Variable& variable, const Tensor& gradient, double learning_rate) override;
  bool update_may_throw() const override { return false; }
};

struct MomentumOptions {
  LearningRate learning_rate = -1;  ///< must be given
  double momentum = -1;             ///< must be given, in [0, 1]
  std::string name = "Momentum";
  bool use_nesterov = false;
};
class MomentumOptimizer final : public TF1Optimizer {
 public:
  explicit MomentumOptimizer(const MomentumOptions& options);
  Config get_config() const override;

 private:
  void create_slots(const std::vector<VariableGradient>& gradients) override;
  void update(const Variable& variable, const Tensor& gradient, double learning_rate) override;
  bool update_may_throw() const override { return false; }
  const MomentumOptions o_;
};

struct AdamOptimizerOptions {
  LearningRate learning_rate = 0.001;
  double beta1 = 0.9;     ///< in [0, 1)
  double beta2 = 0.999;   ///< in [0, 1)
  double epsilon = 1e-8;  ///< outside of the uncorrected root, as Adam's
  std::string name = "Adam";
};
class AdamOptimizer final : public TF1Optimizer {
 public:
  explicit AdamOptimizer(const AdamOptimizerOptions& options = {});
  explicit AdamOptimizer(EmptyBraces) : AdamOptimizer() {}
  Config get_config() const override;

 private:
  void create_slots(const std::vector<VariableGradient>& gradients) override;
  void update(const Variable& variable, const Tensor& gradient, double learning_rate) override;
  bool update_may_throw() const override { return false; }
  const AdamOptimizerOptions o_;
};

struct RMSPropOptimizerOptions {
  LearningRate learning_rate = -1;  ///< must be given
  double decay = 0.9;               ///< of the mean square; in [0, 1]
  double momentum = 0.0;            ///< in [0, 1]
  double epsilon = 1e-10;           ///< inside of the root
  bool centered = false;
  std::string name = "RMSProp";
};
class RMSPropOptimizer final : public TF1Optimizer {
 public:
  explicit RMSPropOptimizer(const RMSPropOptimizerOptions& options);
  Config get_config() const override;

 private:
  void create_slots(const std::vector<VariableGradient>& gradients) override;
  void update(const Variable& variable, const Tensor& gradient, double learning_rate) override;
  bool update_may_throw() const override { return false; }
  const RMSPropOptimizerOptions o_;
};

struct AdagradOptimizerOptions {
  LearningRate learning_rate = -1;         ///< must be given
  double initial_accumulator_value = 0.1;  ///< above 0, since there is no epsilon
  std::string name = "Adagrad";
};
class AdagradOptimizer final : public TF1Optimizer {
 public:
  explicit AdagradOptimizer(const AdagradOptimizerOptions& options);
  Config get_config() const override;

 private:
  void create_slots(const std::vector<VariableGradient>& gradients) override;
  void update(const Variable& variable, const Tensor& gradient, double learning_rate) override;
  bool update_may_throw() const override { return false; }
  const AdagradOptimizerOptions o_;
};

}  // namespace reel::tf1
