#include <reel/optim/adam.h>

#include <reel/optim/moments_of_members.h>

namespace reel {

Adam::Adam(const AdamOptions& options) : MomentsOf(options) {}

void Adam::update(const Variable& variable, const Tensor& gradient, double learning_rate) {
  adam_update(variable, gradient, learning_rate);
}

void visit_own_fields(AdamOptions& o, auto& field) {
  field("beta_1", o.beta_1);
  field("beta_2", o.beta_2);
  field("epsilon", o.epsilon);
  field("amsgrad", o.amsgrad);
}

template class OptimizerOf<Adam, AdamOptions>;
template class MomentsOf<Adam, AdamOptions>;

}  // namespace reel
