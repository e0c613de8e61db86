// Nadam: Adam with Nesterov's momentum, whose share grows with the steps.
//
//   mu(t) = beta_1 (1 - 0.96^(schedule_decay t) / 2);  P <- P mu(t),  t = 1, 2, ...
//   m <- m + (g - m)(1 - beta_1);  v <- v + (g^2 - v)(1 - beta_2)
//   w <- w - rate ((1 - mu(t)) g / (1 - P) + mu(t + 1) m / (1 - P mu(t + 1)))
//            / (sqrt(v / (1 - beta_2^t)) + epsilon)
//
// P, the number `momentum_cache` among the optimizer's weights, begins at 1. The momentum has a
// schedule already, so the rate takes none and no decay; in configs `decay` is schedule_decay, as
// the reference writes it. Source: Dozat, "Incorporating Nesterov momentum into Adam" (2016).
// Read before: moments_of.h. Read next: nadam.cpp.
#pragma once

#include <reel/optim/moments_of.h>

namespace reel {

struct NadamOptions {
  LearningRate learning_rate = 0.001;  ///< a number
  double beta_1 = 0.9;                 ///< of the mean gradient; in [0, 1)
  double beta_2 = 0.999;               ///< of the mean square; in [0, 1)
  double epsilon = 1e-7;               ///< 0 stands for 1e-7
  double schedule_decay = 0.004;
  std::string name = "Nadam";
  std::optional<double> clipnorm = {};
  std::optional<double> clipvalue = {};
  std::optional<double> global_clipnorm = {};
  bool check_constraints = false;       ///< after each step; for debugging, not part of the config
  std::optional<LearningRate> lr = {};  ///< old name of learning_rate; it wins, with a warning
  GradientTransformer gradient_aggregator = {};  ///< sees the gradients before they are clipped
  std::vector<GradientTransformer> gradient_transformers = {};  ///< in place of clipping
  std::vector<ParameterGroup> groups = {};  ///< variables with settings of their own
};

class Nadam : public MomentsOf<Nadam, NadamOptions> {
 public:
  /// ValueError for a rate that is no number, a beta outside [0, 1), a negative epsilon or
  /// schedule_decay, and what Optimizer refuses.
  explicit Nadam(const NadamOptions& options = {});
  explicit Nadam(EmptyBraces) : Nadam() {}

  /// From the next step on. ValueError for what is no number, or negative.
  void set_learning_rate(const LearningRate& learning_rate) override;
  double schedule_decay() const { return options_.schedule_decay; }
  /// From the next step on. ValueError when negative.
  void set_schedule_decay(double schedule_decay);
  /// The rate does not decay.
  void set_decay(double decay) = delete;

 protected:
  void create_slots(const std::vector<VariableGradient>& gradients) override;
  void begin_step() override;
  void update(const Variable& variable, const Tensor& gradient, double learning_rate) override;

 private:
  double of_gradient_ = 0,
         of_mean_ = 0;  // in this step, divided by what makes up for the beginning
};

}  // namespace reel
