// Ftrl: follow the regularized leader; l1 makes weights exactly 0.
//
//   n' = n + g^2;  sigma = (n'^-p - n^-p) / rate,  p = learning_rate_power
//   z <- z + g + 2 l2_shrinkage w - sigma w;  n <- n'
//   w <- 0 where |z| <= l1, else (sign(z) l1 - z) / (n'^-p / rate + 2 l2 + beta / rate)
//
// The weights are a function of what was gathered: a first value is gone after the first step, and
// a weight that never had a gradient is 0. At a rate of 0 nothing is gathered. n is the slot
// accumulator, z the slot linear. Source: McMahan et al., "Ad click prediction: a view from the
// trenches" (2013). Read before: optimizer_of.h. Read next: ftrl.cpp.
#pragma once

#include <reel/optim/optimizer_of.h>

namespace reel {

struct FtrlOptions {
  LearningRate learning_rate = 0.001;
  double learning_rate_power = -0.5;  ///< at most 0
  double initial_accumulator_value = 0.1;
  double l1_regularization_strength = 0.0;
  double l2_regularization_strength = 0.0;
  std::string name = "Ftrl";
  double l2_shrinkage_regularization_strength = 0.0;  ///< of the gradient, not of the leader
  double beta = 0.0;
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

class Ftrl : public OptimizerOf<Ftrl, FtrlOptions> {
 public:
  /// ValueError for a positive learning_rate_power, another number below 0 and what Optimizer
  /// refuses.
  explicit Ftrl(const FtrlOptions& options = {});
  explicit Ftrl(EmptyBraces) : Ftrl() {}

  double learning_rate_power() const { return options_.learning_rate_power; }
  double initial_accumulator_value() const { return options_.initial_accumulator_value; }
  double l1_regularization_strength() const { return options_.l1_regularization_strength; }
  double l2_regularization_strength() const { return options_.l2_regularization_strength; }
  double l2_shrinkage_regularization_strength() const {
    return options_.l2_shrinkage_regularization_strength;
  }
  double beta() const { return options_.beta; }

 protected:
  void create_slots(const std::vector<VariableGradient>& gradients) override;
  void update(const Variable& variable, const Tensor& gradient, double learning_rate) override;
};

}  // namespace reel
