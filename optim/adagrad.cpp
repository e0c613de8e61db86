#include <reel/optim/adagrad.h>

#include <reel/optim/optimizer_of_members.h>

namespace reel {

Adagrad::Adagrad(const AdagradOptions& options) : OptimizerOf(options) {
  detail::check_not_negative(name(), "initial_accumulator_value",
                             options.initial_accumulator_value);
  set_epsilon(options.epsilon);
}

void Adagrad::set_epsilon(double epsilon) {
  options_.epsilon = detail::checked_epsilon(name(), epsilon);
}

void Adagrad::create_slots(const std::vector<VariableGradient>& gradients) {
  for (const VariableGradient& pair : gradients)
    add_slot(pair.variable, "accumulator", options_.initial_accumulator_value);
}

void Adagrad::update(const Variable& variable, const Tensor& gradient, double learning_rate) {
  detail::one_pass(variable, gradient, weight_factor(), {slot(variable)},
                   [&]<class T>(const kernels::UpdateRange<T>& range) {
                     kernels::update_rules<T>().adagrad(
                         range, {static_cast<T>(learning_rate), static_cast<T>(options_.epsilon)});
                   });
}

void visit_own_fields(AdagradOptions& o, auto& field) {
  field("initial_accumulator_value", o.initial_accumulator_value);
  field("epsilon", o.epsilon);
}

template class OptimizerOf<Adagrad, AdagradOptions>;

}  // namespace reel
