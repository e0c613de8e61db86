#include <reel/optim/adamw.h>

#include <reel/optim/moments_of_members.h>

namespace reel {

AdamW::AdamW(const AdamWOptions& options) : MomentsOf(options) {}

void AdamW::set_weight_decay(double weight_decay) {
  Optimizer::set_weight_decay(weight_decay);
  options_.weight_decay = weight_decay;
}

void AdamW::update(const Variable& variable, const Tensor& gradient, double learning_rate) {
  adam_update(variable, gradient, learning_rate);
}

void visit_own_fields(AdamWOptions& o, auto& field) {
  field("weight_decay", o.weight_decay);
  field("beta_1", o.beta_1);
  field("beta_2", o.beta_2);
  field("epsilon", o.epsilon);
  field("amsgrad", o.amsgrad);
  field("decayed", o.decayed);
}

template class OptimizerOf<AdamW, AdamWOptions>;
template class MomentsOf<AdamW, AdamWOptions>;

}  // namespace reel
