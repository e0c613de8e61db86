// Adamax: Adam with the largest gradient in the place of the mean square.
//
//   m <- m + (g - m)(1 - beta_1);  v <- max(beta_2 v, |g|)
//   w <- w - rate / (1 - beta_1^t) m / (v + epsilon),  t = 1, 2, ...
//
// A maximum needs no correction for its beginning. Source: Kingma and Ba, "Adam: a method for
// stochastic optimization" (2015), section 7. Read before: moments_of.h. Read next: adamax.cpp.
#pragma once

#include <reel/optim/moments_of.h>

namespace reel {

struct AdamaxOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;    ///< of the mean gradient; in [0, 1)
  double beta_2 = 0.999;  ///< of the largest gradient; in [0, 1)
  double epsilon = 1e-7;  ///< 0 stands for 1e-7
  std::string name = "Adamax";
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

class Adamax : public MomentsOf<Adamax, AdamaxOptions> {
 public:
  /// ValueError for a beta outside [0, 1), a negative epsilon and what Optimizer refuses.
  explicit Adamax(const AdamaxOptions& options = {});
  explicit Adamax(EmptyBraces) : Adamax() {}

 protected:
  void update(const Variable& variable, const Tensor& gradient, double learning_rate) override;
};

}  // namespace reel
