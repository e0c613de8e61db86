// RMSprop: each element's step divided by the root of its mean square gradient.
//
//   rms <- rms + (g^2 - rms)(1 - rho);  centered: mg <- mg + (g - mg)(1 - rho), q = rms - mg^2
//   momentum 0:  w <- w - rate g / (sqrt(q) + epsilon),  q = rms unless centered
//   momentum:    a <- momentum a + rate g / sqrt(q + epsilon);  w <- w - a
//
// With momentum epsilon stands inside of the root: so it does in the reference. The variance q is
// kept from falling below 0 by rounding. Source: Tieleman and Hinton, "Lecture 6.5" (2012), and
// Graves, "Generating sequences with recurrent neural networks" (2013), for the centered form.
// Read before: optimizer_of.h. Read next: rmsprop.cpp.
#pragma once

#include <reel/optim/optimizer_of.h>

namespace reel {

struct RMSpropOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.9;       ///< in [0, 1]
  double momentum = 0.0;  ///< in [0, 1]
  double epsilon = 1e-7;  ///< 0 stands for 1e-7
  bool centered = false;
  std::string name = "RMSprop";
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

class RMSprop : public OptimizerOf<RMSprop, RMSpropOptions> {
 public:
  /// ValueError for rho or momentum outside [0, 1], a negative epsilon and what Optimizer refuses.
  explicit RMSprop(const RMSpropOptions& options = {});
  explicit RMSprop(EmptyBraces) : RMSprop() {}

  double rho() const { return options_.rho; }
  double momentum() const { return options_.momentum; }
  double epsilon() const { return options_.epsilon; }
  bool centered() const { return options_.centered; }
  /// From the next step on. ValueError as in the constructor; RuntimeError for a momentum when the
  /// optimizer was made without.
  void set_rho(double rho);
  void set_momentum(double momentum);
  void set_epsilon(double epsilon);

 protected:
  void create_slots(const std::vector<VariableGradient>& gradients) override;
  void update(const Variable& variable, const Tensor& gradient, double learning_rate) override;

 private:
  bool has_momentum_;
};

}  // namespace reel
