#include <reel/optim/ftrl.h>

#include <reel/optim/optimizer_of_members.h>

namespace reel {

Ftrl::Ftrl(const FtrlOptions& o) : OptimizerOf(o) {
  if (!(o.learning_rate_power <= 0))
    throw ValueError("{}: learning_rate_power must be <= 0; got {}", name(), o.learning_rate_power);
  const auto check = [&](const char* parameter, double value) {
    detail::check_not_negative(name(), parameter, value);
  };
  check("initial_accumulator_value", o.initial_accumulator_value);
  check("l1_regularization_strength", o.l1_regularization_strength);
  check("l2_regularization_strength", o.l2_regularization_strength);
  check("l2_shrinkage_regularization_strength", o.l2_shrinkage_regularization_strength);
  check("beta", o.beta);
}

void Ftrl::create_slots(const std::vector<VariableGradient>& gradients) {
  for (const VariableGradient& pair : gradients) {
    add_slot(pair.variable, "accumulator", options_.initial_accumulator_value);
    add_slot(pair.variable, "linear");
  }
}

void Ftrl::update(const Variable& variable, const Tensor& gradient, double learning_rate) {
  if (learning_rate < 1e-30) return;  // 0, or one whose inverse no float32 may hold
  const double l2 = options_.l2_regularization_strength + options_.beta / (2 * learning_rate);
  detail::one_pass(
      variable, gradient, weight_factor(), {slot(variable, 0), slot(variable, 1)},
      [&]<class T>(const kernels::UpdateRange<T>& range) {
        kernels::update_rules<T>().ftrl(
            range, {static_cast<T>(1 / learning_rate), static_cast<T>(options_.learning_rate_power),
                    static_cast<T>(options_.l1_regularization_strength), static_cast<T>(l2),
                    static_cast<T>(options_.l2_shrinkage_regularization_strength)});
      });
}

void visit_own_fields(FtrlOptions& o, auto& field) {
  field("learning_rate_power", o.learning_rate_power);
  field("initial_accumulator_value", o.initial_accumulator_value);
  field("l1_regularization_strength", o.l1_regularization_strength);
  field("l2_regularization_strength", o.l2_regularization_strength);
  field("l2_shrinkage_regularization_strength", o.l2_shrinkage_regularization_strength);
  field("beta", o.beta);
}

template class OptimizerOf<Ftrl, FtrlOptions>;

}  // namespace reel
