// Adadelta: steps as large as those that were made, so that the rate has no unit.
//
//   A <- A + (g^2 - A)(1 - rho);  u = sqrt(B + epsilon) / sqrt(A + epsilon) g
//   w <- w - rate u;  B <- B + (u^2 - B)(1 - rho)
//
// A is the slot accum_grad, B accum_var. The source's rate is 1; the reference's default is 0.001.
// Source: Zeiler, "ADADELTA: an adaptive learning rate method" (2012). Read before: optimizer_of.h.
// Read next: adadelta.cpp.
#pragma once

#include <reel/optim/optimizer_of.h>

namespace reel {

struct AdadeltaOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.95;      ///< in [0, 1]
  double epsilon = 1e-7;  ///< 0 stands for 1e-7
  std::string name = "Adadelta";
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

class Adadelta : public OptimizerOf<Adadelta, AdadeltaOptions> {
 public:
  /// ValueError for rho outside [0, 1], a negative epsilon and what Optimizer refuses.
  explicit Adadelta(const AdadeltaOptions& options = {});
  explicit Adadelta(EmptyBraces) : Adadelta() {}

  double rho() const { return options_.rho; }
  double epsilon() const { return options_.epsilon; }
  /// From the next step on. ValueError as in the constructor.
  void set_rho(double rho);
  void set_epsilon(double epsilon);

 protected:
  void create_slots(const std::vector<VariableGradient>& gradients) override;
  void update(const Variable& variable, const Tensor& gradient, double learning_rate) override;
};

}  // namespace reel
