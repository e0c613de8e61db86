// Adagrad: each element's step divided by the root of the sum of its squared gradients.
//
//   acc <- acc + g^2;  w <- w - rate g / (sqrt(acc) + epsilon)
//
// What was pushed often moves less and less. Source: Duchi, Hazan and Singer, "Adaptive subgradient
// methods for online learning and stochastic optimization" (2011). Read before: optimizer_of.h.
// Read next: adagrad.cpp.
#pragma once

#include <reel/optim/optimizer_of.h>

namespace reel {

struct AdagradOptions {
  LearningRate learning_rate = 0.001;
  double initial_accumulator_value = 0.1;
  double epsilon = 1e-7;  ///< 0 stands for 1e-7
  std::string name = "Adagrad";
  std::optional<double> clipnorm = {};
  std::optional<double> clipvalue = {};
  std::optional<double> global_clipnorm = {};
  double decay = 0.0;                   ///< of the rate: divided by 1 + decay * iterations
  bool check_constraints = false;       ///< after each step; for debugging, not part of the config
  std::optional<LearningRate> lr = {};  ///< old name of learning_rate; it wins, with a warning
  GradientTransformer gradient_aggregator = {};  ///< sees the gradients before they are clipped
  std::vector<GradientTransformer> gradient_transformers = {};  ///< in place of clipping
  std::vector<ParameterGroup> groups = {};  ///< variables with settings of their own
};

class Adagrad : public OptimizerOf<Adagrad, AdagradOptions> {
 public:
  /// ValueError for a negative initial accumulator or epsilon and what Optimizer refuses.
  explicit Adagrad(const AdagradOptions& options = {});
  explicit Adagrad(EmptyBraces) : Adagrad() {}

  double initial_accumulator_value() const { return options_.initial_accumulator_value; }
  double epsilon() const { return options_.epsilon; }
  /// From the next step on. ValueError when negative.
  void set_epsilon(double epsilon);

 protected:
  void create_slots(const std::vector<VariableGradient>& gradients) override;
  void update(const Variable& variable, const Tensor& gradient, double learning_rate) override;
};

}  // namespace reel
