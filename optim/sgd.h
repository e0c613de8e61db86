// SGD: gradient descent, with momentum.
//
//   momentum 0:  w <- w - rate g
//   momentum m:  a <- m a - rate g;  w <- w + a;  nesterov: w <- w + m a - rate g
//
// The velocity a contains the rate, so changing the rate does not rescale what was gathered before.
// One pass over w, g and a does both assignments. Read before: optimizer_of.h. Read next:
// sgd.cpp.
#pragma once

#include <reel/optim/optimizer_of.h>

namespace reel {

struct SGDOptions {
  LearningRate learning_rate = 0.01;
  double momentum = 0.0;  ///< in [0, 1]
  bool nesterov = false;  ///< without momentum it changes nothing
  std::string name = "SGD";
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

class SGD : public OptimizerOf<SGD, SGDOptions> {
 public:
  /// ValueError for momentum outside [0, 1] and what Optimizer refuses.
  explicit SGD(const SGDOptions& options = {});
  explicit SGD(EmptyBraces) : SGD() {}

  double momentum() const { return options_.momentum; }
  /// From the next step on. ValueError outside [0, 1]; RuntimeError when the optimizer was made
  /// without momentum, because its variables then have no velocity.
  void set_momentum(double momentum);

  bool nesterov() const { return options_.nesterov; }

 protected:
  void create_slots(const std::vector<VariableGradient>& gradients) override;
  void update(const Variable& variable, const Tensor& gradient, double learning_rate) override;

 private:
  bool has_velocity_;
};

}  // namespace reel
