#include <reel/optim/optimizer.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include <reel/core/log.h>
#include <reel/layers/constraint_check.h>
#include <reel/layers/constraints.h>

namespace reel {

void detail::check_not_negative(const std::string& op, const char* parameter, double value) {
  if (!(value >= 0)) throw ValueError("{}: {} must be >= 0; got {}", op, parameter, value);
}

detail::NewValue::NewValue(const Variable& variable) : stored_(variable.stored()) {
  if (!stored_.unique()) fresh_ = Tensor::empty(stored_.shape(), stored_.dtype());
}

detail::NewValue::~NewValue() {
  if (fresh_.defined()) stored_ = std::move(fresh_);
}

namespace {

void check(const OptimizerOptions& options) {
  const auto check_optional = [&](const char* parameter, const std::optional<double>& value) {
    if (value) detail::check_not_negative(options.name, parameter, *value);
  };
  if (options.learning_rate.is_number())
    detail::check_not_negative(options.name, "learning_rate", options.learning_rate.at(0));
  detail::check_not_negative(options.name, "decay", options.decay);
  check_optional("clipnorm", options.clipping.clipnorm);
  check_optional("clipvalue", options.clipping.clipvalue);
  check_optional("global_clipnorm", options.clipping.global_clipnorm);
  if (options.clipping.clipnorm && options.clipping.global_clipnorm)
    throw ValueError("{}: clipnorm and global_clipnorm cannot both be given; got {} and {}",
                     options.name, *options.clipping.clipnorm, *options.clipping.global_clipnorm);
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

// The variable's constraint; one that a user gave by name to a bare variable is looked up here.
Constraint constraint_of(const Variable& variable) {
  const Constraint& constraint = variable.constraint();
  if (!constraint || constraint.resolved()) return constraint;
  return resolve(constraint, variable.name() + ": constraint");
}

void check_inside(const std::string& op, const std::vector<VariableGradient>& pairs) {
  std::vector<Variable> variables;
  for (const VariableGradient& pair : pairs) variables.push_back(pair.variable);
  if (const ConstraintReport report = check_constraints(variables); !report)
    throw RuntimeError(
        "{}: after a step each variable must be inside the set of its constraint; "
        "got\n{}",
        op, report.str());
}

void project(const Variable& variable) {
  const Constraint constraint = constraint_of(variable);
  if (!constraint) return;
  const Tensor projected = constraint(variable);
  if (projected.id() != variable.stored().id()) variable.assign(projected);
}

}  // namespace

Optimizer::Optimizer(const OptimizerOptions& options) : options_(options) { check(options_); }

// --- a step ------------------------------------------------------------------------------------

// Fills pending_ with the pairs that have a gradient.
void Optimizer::collect(const std::vector<VariableGradient>& gradients) {
  pending_.clear();
  for (const VariableGradient& pair : gradients) {
    if (!pair.variable.defined())
      throw ValueError("{}: each gradient needs its variable; got none", name());
    if (!pair.gradient.defined()) continue;
    check(name(), pair);
    // A constraint by name has not been tried yet: if it does not fit, nothing has moved.
    if (const Constraint& constraint = pair.variable.constraint();
        constraint && !constraint.resolved())
      constraint_of(pair.variable)(pair.variable);
    pending_.push_back(pair);
  }
  if (pending_.empty()) {
    std::vector<std::string> names;
    for (const VariableGradient& pair : gradients) names.push_back(pair.variable.name());
    throw ValueError("{}: No gradients provided for any variable: {}", name(),
                     fmt::join(names, ", "));
  }
  for (const VariableGradient& pair : gradients) {
    const TensorId id = pair.variable.id();
    if (pair.gradient.defined() || std::find(warned_.begin(), warned_.end(), id) != warned_.end())
      continue;
    logging::warning("{}: {} has no gradient and is left as it is", name(), pair.variable.name());
    warned_.push_back(id);
  }
}

Index Optimizer::apply_gradients(const std::vector<VariableGradient>& gradients) {
  if (gradients.empty()) return iterations_;
  const PauseRecording pause;
  collect(gradients);
  const double rate = learning_rate();
  detail::check_not_negative(name(), "learning_rate", rate);
  create_slots(pending_);
  const double decayed = rate / (1 + options_.decay * static_cast<double>(iterations_));
  clip_gradients(options_.clipping, pending_);
  for (const VariableGradient& pair : pending_) {
    update(pair.variable, pair.gradient, decayed);
    project(pair.variable);
  }
  ++iterations_;
  if (options_.check_constraints) check_inside(name(), pending_);
  pending_.clear();
  return iterations_;
}

// --- minimize ----------------------------------------------------------------------------------

Index Optimizer::step(const std::vector<Variable>& variables, const Tensor& loss, const Tape& tape,
                      const Tensor& output_gradient) {
  GradientOptions options{.output_gradients = {}, .unconnected = Unconnected::none};
  if (output_gradient.defined()) options.output_gradients = {output_gradient};
  return apply_gradients(tape.gradient(loss, variables, options));
}

Index Optimizer::minimize(const std::function<Tensor()>& loss,
                          const std::vector<Variable>& variables, const Tensor& output_gradient) {
  Tape tape;
  for (const Variable& variable : variables) tape.watch(variable);
  const Tensor value = loss();
  return step(variables, value, tape, output_gradient);
}

Index Optimizer::minimize(const std::function<Tensor()>& loss,
                          const std::function<std::vector<Variable>()>& variables,
                          const Tensor& output_gradient) {
  Tape tape;
  const Tensor value = loss();
  return step(variables(), value, tape, output_gradient);
}

Index Optimizer::minimize(const Tensor& loss, const Tape& tape,
                          const std::vector<Variable>& variables, const Tensor& output_gradient) {
  return step(variables, loss, tape, output_gradient);
}

// --- state -------------------------------------------------------------------------------------

void Optimizer::set_iterations(Index iterations) {
  if (iterations < 0) throw ValueError("{}: iterations must be >= 0; got {}", name(), iterations);
  iterations_ = iterations;
}

void Optimizer::set_learning_rate(const LearningRate& learning_rate) {
  if (learning_rate.is_number())
    detail::check_not_negative(name(), "learning_rate", learning_rate.at(0));
  options_.learning_rate = learning_rate;
}

void Optimizer::create_slots(const std::vector<VariableGradient>&) {}

void Optimizer::add_slot(const Variable& variable, const char* slot, double value) {
  std::vector<Slot>& slots = slots_[variable.id()];
  for (const Slot& present : slots)
    if (present.kind == slot) return;
  const Variable made(
      full(variable.shape(), value, variable.dtype()),
      {.name = fmt::format("{}/{}/{}", name(), variable.name(), slot), .trainable = false});
  slots.push_back({slot, made});
  slots_in_order_.push_back(made);
}

const Variable& Optimizer::slot(const Variable& variable, std::size_t index) const {
  return slots_.at(variable.id()).at(index).variable;
}

Variable Optimizer::get_slot(const Variable& variable, const std::string& slot) const {
  if (const auto found = slots_.find(variable.id()); found != slots_.end())
    for (const Slot& present : found->second)
      if (present.kind == slot) return present.variable;
  throw ValueError("{}: {} has no slot '{}'", name(), variable.name(), slot);
}

Parameters Optimizer::get_config() const {
  if (!options_.learning_rate.is_number())
    throw ValueError("{}: learning_rate must be a number in a config; got a function", name());
  Parameters config{
      {"name", name()}, {"learning_rate", learning_rate()}, {"decay", options_.decay}};
  const auto add = [&](const char* parameter, const std::optional<double>& value) {
    if (value) config.emplace_back(parameter, *value);
  };
  add("clipnorm", options_.clipping.clipnorm);
  add("clipvalue", options_.clipping.clipvalue);
  add("global_clipnorm", options_.clipping.global_clipnorm);
  return config;
}

}  // namespace reel
