// A step: `apply_gradients` is the whole of it; `minimize` computes the gradients, too.
//
// Read before: optimizer.h. Read next: sgd.h, optimizer_checks.cpp for what is refused.
#include <reel/optim/optimizer.h>

#include <algorithm>

#include <reel/core/ops/elementwise.h>
#include <reel/layers/base/ledger.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/reports/constraint_check.h>
#include <reel/optim/whole_step.h>

namespace reel {

namespace {

void project(const Variable& variable) {
  const Constraint constraint = detail::resolved_constraint(variable);
  if (!constraint) return;
  const Tensor projected = constraint(variable);
  if (projected.id() != variable.stored().id()) variable.assign(projected);
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

}  // namespace

// --- a step ------------------------------------------------------------------------------------

// Whether one of them may throw when values have been written already.
bool Optimizer::runs_users_function() const {
  return update_may_throw() ||
         std::any_of(pending_.begin(), pending_.end(), [](const VariableGradient& pair) {
           const Constraint& constraint = pair.variable.constraint();
           return constraint.resolved() && !constraint.target<detail::Projection>();
         });
}

// Each variable's update, and its projection at once.
void Optimizer::update_all(double learning_rate) {
  begin_step();
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const auto& [variable, gradient] = pending_[i];
    const double rate = learning_rate * settings_[i].learning_rate_factor;
    weight_factor_ = 1 - rate * settings_[i].weight_decay;
    if (weight_factor_ != 1 && !update_decays_weights())
      variable.assign(variable.stored() * weight_factor_);
    update(variable, gradient, rate);
    project(variable);
  }
}

Index Optimizer::apply_gradients(const std::vector<VariableGradient>& gradients) {
  const PauseRecording pause;
  detail::WholeStep whole(*this);
  if (!gradients.empty()) collect(gradients);
  if (!iterations_.defined()) set_iterations(0);
  const Index done = iterations();
  if (gradients.empty()) return whole.done(), done;
  const double rate = learning_rate();
  detail::check_not_negative(name(), "learning_rate", rate);
  sort_into_groups();
  transform(options_.gradient_aggregator);
  clip();
  for (const GradientTransformer& transformer : options_.gradient_transformers)
    transform(transformer);
  make_slots();
  whole.prepare(runs_users_function());
  update_all(rate / (1 + options_.decay * static_cast<double>(done)));
  set_iterations(done + 1);
  whole.done();
  detail::Ledger::current().reminders.at_step(pending_);
  if (options_.check_constraints) check_inside(name(), pending_);
  return done + 1;
}

// --- minimize ----------------------------------------------------------------------------------

GradientOptions detail::weighed_by(const Tensor& output_gradient) {
  GradientOptions options{.output_gradients = {}, .unconnected = Unconnected::none};
  if (output_gradient.defined()) options.output_gradients = {output_gradient};
  return options;
}

std::vector<VariableGradient> Optimizer::compute_gradients(const std::function<Tensor()>& loss,
                                                           const std::vector<Variable>& variables,
                                                           const Tensor& output_gradient) const {
  Tape tape;
  tape.watch(variables);
  const Tensor value = loss();
  return std::move(tape).gradient(value, variables, detail::weighed_by(output_gradient));
}

Index Optimizer::step(const std::vector<Variable>& variables, const Tensor& loss, const Tape& tape,
                      const Tensor& output_gradient) {
  return apply_gradients(tape.gradient(loss, variables, detail::weighed_by(output_gradient)));
}

Index Optimizer::minimize(const std::function<Tensor()>& loss,
                          const std::vector<Variable>& variables, const Tensor& output_gradient) {
  Tape tape;
  return minimize(loss, tape, variables, output_gradient);
}

Index Optimizer::minimize(const std::function<Tensor()>& loss, Tape& tape,
                          const std::vector<Variable>& variables, const Tensor& output_gradient) {
  tape.watch(variables);
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

}  // namespace reel
