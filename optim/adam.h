// Adam: a step along the mean gradient, each element by the root of its mean square.
//
//   m <- m + (g - m)(1 - beta_1);  v <- v + (g^2 - v)(1 - beta_2)
//   w <- w - rate sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon),  t = 1, 2, ...
//
// amsgrad divides by the root of the largest v so far. The factor with t makes up for averages that
// begin at 0. It is part of the rate, so that epsilon is added to the uncorrected root, as in the
// reference; frameworks that correct v first have this epsilon over sqrt(1 - beta_2^t). Source:
// Kingma and Ba, "Adam: a method for stochastic optimization" (2015); Reddi, Kale and Kumar, "On
// the convergence of Adam and beyond" (2018). Read before: moments_of.h. Read next: adam.cpp.
#pragma once

#include <reel/optim/moments_of.h>

namespace reel {

struct AdamOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;    ///< of the mean gradient; in [0, 1)
  double beta_2 = 0.999;  ///< of the mean square; in [0, 1)
  double epsilon = 1e-7;  ///< 0 stands for 1e-7
  bool amsgrad = false;
  std::string name = "Adam";
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

class Adam : public MomentsOf<Adam, AdamOptions> {
 public:
  /// ValueError for a beta outside [0, 1), a negative epsilon and what Optimizer refuses.
  explicit Adam(const AdamOptions& options = {});
  explicit Adam(EmptyBraces) : Adam() {}

  bool amsgrad() const { return options_.amsgrad; }

 protected:
  void update(const Variable& variable, const Tensor& gradient, double learning_rate) override;
};

}  // namespace reel
