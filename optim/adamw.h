// AdamW: Adam on weights that decay by themselves.
//
//   w <- w (1 - rate weight_decay), then Adam's step
//
// A penalty in the loss is divided by the root of v like the rest of the gradient; this decay is
// not, nor is it clipped. It is for the variables that `decayed` admits, by default all; kernels
// alone are meant by `.decayed = name_contains("kernel")`. A group (parameter_groups.h) may have
// another decay. The product is part of the one pass over the weights. Source: Loshchilov and
// Hutter, "Decoupled weight decay regularization" (2019). Read before: adam.h. Read next:
// adamw.cpp.
#pragma once

#include <reel/optim/moments_of.h>

namespace reel {

struct AdamWOptions {
  LearningRate learning_rate = 0.001;
  double weight_decay = 0.004;
  double beta_1 = 0.9;    ///< of the mean gradient; in [0, 1)
  double beta_2 = 0.999;  ///< of the mean square; in [0, 1)
  double epsilon = 1e-7;  ///< 0 stands for 1e-7
  bool amsgrad = false;
  VariablePredicate decayed = {};  ///< the variables that decay; none given: all
  std::string name = "AdamW";
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

class AdamW : public MomentsOf<AdamW, AdamWOptions> {
 public:
  /// ValueError for a beta outside [0, 1), a negative epsilon or weight_decay and what Optimizer
  /// refuses.
  explicit AdamW(const AdamWOptions& options = {});
  explicit AdamW(EmptyBraces) : AdamW() {}

  bool amsgrad() const { return options_.amsgrad; }
  double weight_decay() const { return options_.weight_decay; }
  /// From the next step on. ValueError when negative.
  void set_weight_decay(double weight_decay);

 protected:
  void update(const Variable& variable, const Tensor& gradient, double learning_rate) override;
};

}  // namespace reel
