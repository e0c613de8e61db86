#include <reel/optim/nadam.h>

#include <cmath>

#include <reel/optim/moments_of_members.h>

namespace reel {

Nadam::Nadam(const NadamOptions& options) : MomentsOf(options) {
  set_learning_rate(options.learning_rate);
  set_schedule_decay(options.schedule_decay);
}

void Nadam::set_learning_rate(const LearningRate& learning_rate) {
  if (!learning_rate.is_number())
    throw ValueError("{}: learning_rate must be a number; got a schedule or another function",
                     name());
  Optimizer::set_learning_rate(learning_rate);
}

void Nadam::set_schedule_decay(double schedule_decay) {
  detail::check_not_negative(name(), "schedule_decay", schedule_decay);
  options_.schedule_decay = schedule_decay;
}

void Nadam::create_slots(const std::vector<VariableGradient>& gradients) {
  add_number("momentum_cache", 1.0);
  MomentsOf::create_slots(gradients);
}

void Nadam::begin_step() {
  const auto momentum = [&](Index t) {
    const double exponent = options_.schedule_decay * static_cast<double>(t);
    return options_.beta_1 * (1 - 0.5 * std::pow(0.96, exponent));
  };
  const Index t = iterations() + 1;
  const double now = momentum(t), next = momentum(t + 1);
  const double product = number().stored().item() * now;
  number().assign(Tensor(product, float64));
  of_gradient_ = (1 - now) / (1 - product);
  of_mean_ = next / (1 - product * next);
}

void Nadam::update(const Variable& variable, const Tensor& gradient, double learning_rate) {
  const double t = static_cast<double>(iterations() + 1);
  const double root_unbias = 1 / std::sqrt(1 - std::pow(options_.beta_2, t));
  detail::one_pass(
      variable, gradient, weight_factor(), {slot(variable, 0), slot(variable, 1)},
      [&]<class T>(const kernels::UpdateRange<T>& range) {
        kernels::update_rules<T>().nadam(
            range,
            {static_cast<T>(learning_rate * of_gradient_), static_cast<T>(learning_rate * of_mean_),
             static_cast<T>(1 - options_.beta_1), static_cast<T>(1 - options_.beta_2),
             static_cast<T>(root_unbias), static_cast<T>(options_.epsilon)});
      });
}

void visit_own_fields(NadamOptions& o, auto& field) {
  field("beta_1", o.beta_1);
  field("beta_2", o.beta_2);
  field("epsilon", o.epsilon);
  field("decay", o.schedule_decay);
}

template class OptimizerOf<Nadam, NadamOptions>;
template class MomentsOf<Nadam, NadamOptions>;

}  // namespace reel
