#include <reel/optim/tf1/tf1_optimizers.h>

#include <cmath>

#include <reel/optim/one_pass.h>

namespace reel::tf1 {

using kernels::update_rules;
using kernels::UpdateRange;

// --- GradientDescent ---------------------------------------------------------------------------

GradientDescentOptimizer::GradientDescentOptimizer(const GradientDescentOptions& options)
    : TF1Optimizer(options.name, options.learning_rate) {}

void GradientDescentOptimizer::update(const Variable& variable, const Tensor& gradient,
                                      double learning_rate) {
  detail::one_pass(variable, gradient, weight_factor(), {},
                   [&]<class T>(const UpdateRange<T>& range) {
                     update_rules<T>().sgd(range, {static_cast<T>(learning_rate), T(0)});
                   });
}

// --- Momentum ----------------------------------------------------------------------------------

MomentumOptimizer::MomentumOptimizer(const MomentumOptions& options)
    : TF1Optimizer(options.name, options.learning_rate), o_(options) {
  detail::check_share(name(), "momentum", o_.momentum);
}

void MomentumOptimizer::create_slots(const std::vector<VariableGradient>& gradients) {
  for (const VariableGradient& pair : gradients) add_slot(pair.variable, "momentum");
}

void MomentumOptimizer::update(const Variable& variable, const Tensor& gradient,
                               double learning_rate) {
  detail::one_pass(variable, gradient, weight_factor(), {slot(variable)},
                   [&]<class T>(const UpdateRange<T>& range) {
                     const auto& rules = update_rules<T>();
                     (o_.use_nesterov ? rules.nesterov_momentum : rules.momentum)(
                         range, {static_cast<T>(learning_rate), static_cast<T>(o_.momentum)});
                   });
}

Config MomentumOptimizer::get_config() const {
  Config config = Optimizer::get_config();
  config.set("momentum", o_.momentum);
  config.set("use_nesterov", o_.use_nesterov);
  return config;
}

// --- Adam --------------------------------------------------------------------------------------

AdamOptimizer::AdamOptimizer(const AdamOptimizerOptions& options)
    : TF1Optimizer(options.name, options.learning_rate), o_(options) {
  detail::check_share(name(), "beta1", o_.beta1, true);
  detail::check_share(name(), "beta2", o_.beta2, true);
  detail::check_not_negative(name(), "epsilon", o_.epsilon);
}

void AdamOptimizer::create_slots(const std::vector<VariableGradient>& gradients) {
  for (const char* moment : {"m", "v"})
    for (const VariableGradient& pair : gradients) add_slot(pair.variable, moment);
}

void AdamOptimizer::update(const Variable& variable, const Tensor& gradient, double learning_rate) {
  const double t = static_cast<double>(iterations() + 1);
  const double rate =
      learning_rate * std::sqrt(1 - std::pow(o_.beta2, t)) / (1 - std::pow(o_.beta1, t));
  detail::one_pass(variable, gradient, weight_factor(), {slot(variable, 0), slot(variable, 1)},
                   [&]<class T>(const UpdateRange<T>& range) {
                     update_rules<T>().adam(
                         range, {static_cast<T>(rate), static_cast<T>(1 - o_.beta1),
                                 static_cast<T>(1 - o_.beta2), static_cast<T>(o_.epsilon)});
                   });
}

Config AdamOptimizer::get_config() const {
  Config config = Optimizer::get_config();
  config.set("beta1", o_.beta1);
  config.set("beta2", o_.beta2);
  config.set("epsilon", o_.epsilon);
  return config;
}

// --- RMSProp -----------------------------------------------------------------------------------

RMSPropOptimizer::RMSPropOptimizer(const RMSPropOptimizerOptions& options)
    : TF1Optimizer(options.name, options.learning_rate), o_(options) {
  detail::check_share(name(), "decay", o_.decay);
  detail::check_share(name(), "momentum", o_.momentum);
  detail::check_not_negative(name(), "epsilon", o_.epsilon);
}

void RMSPropOptimizer::create_slots(const std::vector<VariableGradient>& gradients) {
  for (const VariableGradient& pair : gradients) {
    add_slot(pair.variable, "rms", 1.0);
    add_slot(pair.variable, "momentum");
    if (o_.centered) add_slot(pair.variable, "mg");
  }
}

void RMSPropOptimizer::update(const Variable& variable, const Tensor& gradient,
                              double learning_rate) {
  const auto step = [&]<class T>(const UpdateRange<T>& range) {
    const auto& rules = update_rules<T>();
    (o_.centered ? rules.centered_momentum_rmsprop : rules.momentum_rmsprop)(
        range, {static_cast<T>(learning_rate), static_cast<T>(1 - o_.decay),
                static_cast<T>(o_.epsilon), static_cast<T>(o_.momentum)});
  };
  const Variable &rms = slot(variable, 0), &a = slot(variable, 1);
  if (o_.centered)
    detail::one_pass(variable, gradient, weight_factor(), {rms, a, slot(variable, 2)}, step);
  else
    detail::one_pass(variable, gradient, weight_factor(), {rms, a}, step);
}

Config RMSPropOptimizer::get_config() const {
  Config config = Optimizer::get_config();
  config.set("decay", o_.decay);
  config.set("momentum", o_.momentum);
  config.set("epsilon", o_.epsilon);
  config.set("centered", o_.centered);
  return config;
}

// --- Adagrad -----------------------------------------------------------------------------------

AdagradOptimizer::AdagradOptimizer(const AdagradOptimizerOptions& options)
    : TF1Optimizer(options.name, options.learning_rate), o_(options) {
  if (!(o_.initial_accumulator_value > 0))
    throw ValueError("{}: initial_accumulator_value must be > 0; got {}", name(),
                     o_.initial_accumulator_value);
}

void AdagradOptimizer::create_slots(const std::vector<VariableGradient>& gradients) {
  for (const VariableGradient& pair : gradients)
    add_slot(pair.variable, "accumulator", o_.initial_accumulator_value);
}

void AdagradOptimizer::update(const Variable& variable, const Tensor& gradient,
                              double learning_rate) {
  detail::one_pass(variable, gradient, weight_factor(), {slot(variable)},
                   [&]<class T>(const UpdateRange<T>& range) {
                     update_rules<T>().adagrad(range, {static_cast<T>(learning_rate), T(0)});
                   });
}

Config AdagradOptimizer::get_config() const {
  Config config = Optimizer::get_config();
  config.set("initial_accumulator_value", o_.initial_accumulator_value);
  return config;
}

}  // namespace reel::tf1
