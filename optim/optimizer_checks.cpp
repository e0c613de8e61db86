// What an optimizer refuses, before a variable moves: options that contradict each other, gradients
// that do not fit their variables, transformers that lose one, constraints that do not fit.
// Read before: optimizer.h.

#include <algorithm>

#include <reel/core/runtime/joined.h>
#include <reel/core/runtime/log.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/scope/scope.h>
#include <reel/optim/optimizer.h>

namespace reel {

void detail::check_not_negative(const std::string& op, const char* parameter, double value) {
  if (!(value >= 0)) throw ValueError("{}: {} must be >= 0; got {}", op, parameter, value);
}

void detail::check_share(const std::string& op, const char* parameter, double value, bool is_out) {
  if (!(value >= 0 && (is_out ? value < 1 : value <= 1)))
    throw ValueError("{}: {} must be in [0, 1{}; got {}", op, parameter, is_out ? ")" : "]", value);
}

double detail::checked_epsilon(const std::string& op, double epsilon) {
  check_not_negative(op, "epsilon", epsilon);
  return epsilon == 0 ? 1e-7 : epsilon;
}

Constraint detail::resolved_constraint(const Variable& variable) {
  const Constraint& constraint = variable.constraint();
  if (!constraint || constraint.resolved()) return constraint;
  return resolve(constraint, variable.name() + ": constraint");
}

namespace {

void check(const OptimizerOptions& options) {
  if (options.learning_rate.is_number())
    detail::check_not_negative(options.name, "learning_rate", options.learning_rate.at(0));
  detail::check_not_negative(options.name, "decay", options.decay);
  detail::check_not_negative(options.name, "weight_decay", options.weight_decay);
  detail::check_clipping(options.name, options.clipping);
  bool clips = detail::clips(options.clipping);
  for (const ParameterGroup& group : options.groups)
    clips = clips || detail::clips(detail::clipping_of(group));
  if (!options.gradient_transformers.empty() && clips)
    throw ValueError(
        "{}: clipping and gradient_transformers cannot both be given; clip in a transformer",
        options.name);
}

void check(const std::string& op, const VariableGradient& pair) {
  const auto& [variable, gradient] = pair;
  if (gradient.shape() != variable.shape())
    throw ValueError("{}: the gradient of {} must have shape {}; got {}", op, variable.name(),
                     variable.shape(), gradient.shape());
  if (gradient.dtype() != variable.dtype())
    throw TypeError("{}: the gradient of {} must be {}; got {}", op, variable.name(),
                    variable.dtype(), gradient.dtype());
}

}  // namespace

Optimizer::Optimizer(const OptimizerOptions& options) : options_(options) {
  detail::check_scope_name("optimizer", name());
  if (options_.lr) {
    options_.learning_rate = *options_.lr;
    logging::warning("{}: lr is the old name of learning_rate; use learning_rate", name());
  }
  check(options_);
  options_.decayed = detail::resolve(options_.decayed, name() + ": decayed");
  detail::check_groups(name(), options_.groups);
}

// Fills pending_ with the pairs that have a gradient, constraints_ with their constraints.
void Optimizer::collect(const std::vector<VariableGradient>& gradients) {
  for (const VariableGradient& pair : gradients) {
    if (!pair.variable.defined())
      throw ValueError("{}: each gradient needs its variable; got none", name());
    if (!pair.gradient.defined()) continue;
    check(name(), pair);
    // A constraint by name has not been tried yet: if it does not fit, nothing has moved.
    constraints_.push_back(detail::resolved_constraint(pair.variable));
    if (constraints_.back() && !pair.variable.constraint().resolved())
      constraints_.back()(pair.variable);
    pending_.push_back(pair);
  }
  if (pending_.empty()) {
    std::vector<std::string> names;
    for (const VariableGradient& pair : gradients) names.push_back(pair.variable.name());
    throw ValueError("{}: No gradients provided for any variable: {}", name(),
                     detail::joined(names));
  }
  for (const VariableGradient& pair : gradients) {
    const TensorId id = pair.variable.id();
    if (pair.gradient.defined() || std::find(warned_.begin(), warned_.end(), id) != warned_.end())
      continue;
    logging::warning("{}: {} has no gradient and is left as it is", name(), pair.variable.name());
    warned_.push_back(id);
  }
}

// Replaces pending_ by what the transformer makes of it.
void Optimizer::transform(const GradientTransformer& transformer) {
  if (!transformer) return;
  const std::vector<VariableGradient> before = pending_;
  pending_ = transformer(before);
  const auto same_variable = [](const VariableGradient& a, const VariableGradient& b) {
    return a.variable == b.variable;
  };
  if (!std::equal(before.begin(), before.end(), pending_.begin(), pending_.end(), same_variable))
    throw ValueError(
        "{}: a gradient transformer must return the variables that it was given, in their order",
        name());
  for (const VariableGradient& pair : pending_) {
    if (!pair.gradient.defined())
      throw ValueError("{}: a gradient transformer must return a gradient of {}; got none", name(),
                       pair.variable.name());
    check(name(), pair);
  }
}

}  // namespace reel
