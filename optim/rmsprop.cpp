#include <reel/optim/rmsprop.h>

#include <reel/optim/optimizer_of_members.h>

namespace reel {

RMSprop::RMSprop(const RMSpropOptions& options)
    : OptimizerOf(options), has_momentum_(options.momentum > 0) {
  set_rho(options.rho);
  detail::check_share(name(), "momentum", options.momentum);
  set_epsilon(options.epsilon);
}

void RMSprop::set_rho(double rho) {
  detail::check_share(name(), "rho", rho);
  options_.rho = rho;
}

void RMSprop::set_momentum(double momentum) {
  detail::check_share(name(), "momentum", momentum);
  if (!has_momentum_)
    throw RuntimeError("{}: momentum can be changed only if it was not 0 at construction", name());
  options_.momentum = momentum;
}

void RMSprop::set_epsilon(double epsilon) {
  options_.epsilon = detail::checked_epsilon(name(), epsilon);
}

void RMSprop::create_slots(const std::vector<VariableGradient>& gradients) {
  const auto add = [&](const char* kind) {
    for (const VariableGradient& pair : gradients) add_slot(pair.variable, kind);
  };
  add("rms");
  if (has_momentum_) add("momentum");
  if (options_.centered) add("mg");
}

void RMSprop::update(const Variable& variable, const Tensor& gradient, double learning_rate) {
  const auto step = [&]<class T>(const kernels::UpdateRange<T>& range) {
    const kernels::UpdateRules<T>& rules = kernels::update_rules<T>();
    const auto plain = options_.centered ? rules.centered_rmsprop : rules.rmsprop;
    const auto with_momentum =
        options_.centered ? rules.centered_momentum_rmsprop : rules.momentum_rmsprop;
    (has_momentum_ ? with_momentum : plain)(
        range, {static_cast<T>(learning_rate), static_cast<T>(1 - options_.rho),
                static_cast<T>(options_.epsilon), static_cast<T>(options_.momentum)});
  };
  const Variable& rms = slot(variable, 0);
  if (has_momentum_ && options_.centered)
    detail::one_pass(variable, gradient, weight_factor(),
                     {rms, slot(variable, 1), slot(variable, 2)}, step);
  else if (has_momentum_ || options_.centered)
    detail::one_pass(variable, gradient, weight_factor(), {rms, slot(variable, 1)}, step);
  else
    detail::one_pass(variable, gradient, weight_factor(), {rms}, step);
}

void visit_own_fields(RMSpropOptions& o, auto& field) {
  field("rho", o.rho);
  field("momentum", o.momentum);
  field("epsilon", o.epsilon);
  field("centered", o.centered);
}

template class OptimizerOf<RMSprop, RMSpropOptions>;

}  // namespace reel
