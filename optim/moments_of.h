// MomentsOf: what Adam and its kin share, the two moments of the gradient and their numbers.
//
// Slots m and v of each variable, and vhat where `amsgrad` asks for it: all m, then all v. Defined
// for the library alone (moments_of_members.h). Read before: optimizer_of.h. Read next: adam.h.
#pragma once

#include <reel/optim/optimizer_of.h>

namespace reel {

template <class Self, class Options>
class MomentsOf : public OptimizerOf<Self, Options> {
 public:
  double beta_1() const { return this->options_.beta_1; }
  double beta_2() const { return this->options_.beta_2; }
  double epsilon() const { return this->options_.epsilon; }
  /// From the next step on. ValueError for a beta outside [0, 1), a negative epsilon.
  void set_beta_1(double beta_1);
  void set_beta_2(double beta_2);
  void set_epsilon(double epsilon);

 protected:
  explicit MomentsOf(const Options& options);

  void create_slots(const std::vector<VariableGradient>& gradients) override;
  /// Adam's update of one variable.
  void adam_update(const Variable& variable, const Tensor& gradient, double learning_rate);
};

}  // namespace reel
