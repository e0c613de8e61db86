#include <reel/optim/adadelta.h>

#include <reel/optim/optimizer_of_members.h>

namespace reel {

Adadelta::Adadelta(const AdadeltaOptions& options) : OptimizerOf(options) {
  set_rho(options.rho);
  set_epsilon(options.epsilon);
}

void Adadelta::set_rho(double rho) {
  detail::check_share(name(), "rho", rho);
  options_.rho = rho;
}

void Adadelta::set_epsilon(double epsilon) {
  options_.epsilon = detail::checked_epsilon(name(), epsilon);
}

void Adadelta::create_slots(const std::vector<VariableGradient>& gradients) {
  for (const char* kind : {"accum_grad", "accum_var"})
    for (const VariableGradient& pair : gradients) add_slot(pair.variable, kind);
}

void Adadelta::update(const Variable& variable, const Tensor& gradient, double learning_rate) {
  detail::one_pass(variable, gradient, weight_factor(), {slot(variable, 0), slot(variable, 1)},
                   [&]<class T>(const kernels::UpdateRange<T>& range) {
                     kernels::update_rules<T>().adadelta(
                         range, {static_cast<T>(learning_rate), static_cast<T>(1 - options_.rho),
                                 static_cast<T>(options_.epsilon)});
                   });
}

void visit_own_fields(AdadeltaOptions& o, auto& field) {
  field("rho", o.rho);
  field("epsilon", o.epsilon);
}

template class OptimizerOf<Adadelta, AdadeltaOptions>;

}  // namespace reel
