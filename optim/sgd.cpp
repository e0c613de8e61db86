// Read before: sgd.h, one_pass.h. Read next: norm_constraints.cpp, what a step ends with.
#include <reel/optim/sgd.h>

#include <reel/optim/optimizer_of_members.h>

namespace reel {

SGD::SGD(const SGDOptions& options) : OptimizerOf(options), has_velocity_(options.momentum > 0) {
  detail::check_share(name(), "momentum", options.momentum);
}

void SGD::set_momentum(double momentum) {
  detail::check_share(name(), "momentum", momentum);
  if (!has_velocity_)
    throw RuntimeError("{}: momentum can be changed only if it was not 0 at construction", name());
  options_.momentum = momentum;
}

void SGD::create_slots(const std::vector<VariableGradient>& gradients) {
  if (!has_velocity_) return;
  for (const VariableGradient& pair : gradients) add_slot(pair.variable, "momentum");
}

// Every element is read once and written once, whichever of the three rules holds.
void SGD::update(const Variable& variable, const Tensor& gradient, double learning_rate) {
  const auto step = [&]<class T>(const kernels::UpdateRange<T>& range) {
    const kernels::UpdateRules<T>& rules = kernels::update_rules<T>();
    const auto rule = !has_velocity_      ? rules.sgd
                      : options_.nesterov ? rules.nesterov_velocity
                                          : rules.velocity;
    rule(range, {static_cast<T>(learning_rate), static_cast<T>(options_.momentum)});
  };
  if (has_velocity_)
    detail::one_pass(variable, gradient, weight_factor(), {slot(variable)}, step);
  else
    detail::one_pass(variable, gradient, weight_factor(), {}, step);
}

void visit_own_fields(SGDOptions& o, auto& field) {
  field("momentum", o.momentum);
  field("nesterov", o.nesterov);
}

template class OptimizerOf<SGD, SGDOptions>;

}  // namespace reel
