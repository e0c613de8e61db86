// A step: `apply_gradients` is the whole of it; `minimize` computes the gradients, too.
//
// Read before: optimizer.h. Read next: sgd.h, optimizer_checks.cpp for what is refused.
#include <reel/optim/optimizer.h>

#include <algorithm>

#include <reel/core/inspect/notice.h>
#include <reel/core/node_list.h>
#include <reel/core/ops/elementwise.h>
#include <reel/layers/base/ledger.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/reports/constraint_check.h>
#include <reel/optim/whole_step.h>

namespace reel {

namespace {

void project(const Variable& variable, const Constraint& constraint) {
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
         std::any_of(constraints_.begin(), constraints_.end(), [](const Constraint& constraint) {
           return constraint && !constraint.target<detail::Projection>();
         });
}

// Each variable's update, and its projection at once.
void Optimizer::update_all(double learning_rate) {
  const bool is_observed = detail::observed();
  moves_.clear();
  begin_step();
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const auto& [variable, gradient] = pending_[i];
    const Tensor before = is_observed ? variable.stored() : Tensor();
    const double rate = learning_rate * settings_[i].learning_rate_factor;
    weight_factor_ = 1 - rate * settings_[i].weight_decay;
    if (weight_factor_ != 1 && !update_decays_weights())
      variable.assign(variable.stored() * weight_factor_);
    update(variable, gradient, rate);
    if (is_observed) moves_.push_back({before, variable.stored(), rate});
    project(variable, constraints_[i]);
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
  make_slots(gradients);
  const Tensor count(done + 1, float64);
  whole.prepare(runs_users_function());
  update_all(rate / (1 + options_.decay * static_cast<double>(done)));
  iterations_.stored() = count;
  whole.done();
  if (!moves_.empty()) tell_moves(done + 1);
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

namespace {

void check_is_function(const std::string& op, const char* caller,
                       const std::function<Tensor()>& loss) {
  if (!loss) throw ValueError("{}: {} needs a function that gives the loss; got none", op, caller);
}

}  // namespace

std::vector<VariableGradient> Optimizer::compute_gradients(const std::function<Tensor()>& loss,
                                                           const std::vector<Variable>& variables,
                                                           const Tensor& output_gradient) const {
  check_is_function(name(), "compute_gradients", loss);
  Tape tape;
  tape.watch(variables);
  const Tensor value = loss();
  return std::move(tape).gradient(value, variables, detail::weighed_by(output_gradient));
}

namespace {

// Where no variable has a gradient, a loss that is not the tape's is the reason, and the tape says
// so. A function's loss may be a constant; one that is given must have been recorded.
std::vector<VariableGradient> gradients_of(const Tensor& loss, const Tape& tape,
                                           const std::vector<Variable>& variables,
                                           const Tensor& output_gradient, bool is_given = false) {
  std::vector<VariableGradient> pairs =
      tape.gradient(loss, variables, detail::weighed_by(output_gradient));
  const auto has_none = [](const VariableGradient& pair) { return !pair.gradient.defined(); };
  if (pairs.empty() || !std::all_of(pairs.begin(), pairs.end(), has_none)) return pairs;
  if (is_given && detail::NodeList::current().find(loss.id()) == detail::no_node)
    static_cast<void>(tape.gradient(loss, variables));
  static_cast<void>(tape.gradient(loss, std::span<const Tensor>()));
  return pairs;
}

}  // namespace

Index Optimizer::minimize(const std::function<Tensor()>& loss,
                          const std::vector<Variable>& variables, const Tensor& output_gradient) {
  Tape tape;
  return minimize(loss, tape, variables, output_gradient);
}

Index Optimizer::minimize(const std::function<Tensor()>& loss, Tape& tape,
                          const std::vector<Variable>& variables, const Tensor& output_gradient) {
  check_is_function(name(), "minimize", loss);
  tape.watch(variables);
  const Tensor value = loss();
  return apply_gradients(gradients_of(value, tape, variables, output_gradient));
}

Index Optimizer::minimize(const std::function<Tensor()>& loss,
                          const std::function<std::vector<Variable>()>& variables,
                          const Tensor& output_gradient) {
  check_is_function(name(), "minimize", loss);
  if (!variables)
    throw ValueError("{}: minimize needs a function that gives the variables; got none", name());
  Tape tape;
  const Tensor value = loss();
  return apply_gradients(gradients_of(value, tape, variables(), output_gradient));
}

Index Optimizer::minimize(const Tensor& loss, const Tape& tape,
                          const std::vector<Variable>& variables, const Tensor& output_gradient) {
  return apply_gradients(gradients_of(loss, tape, variables, output_gradient, true));
}

}  // namespace reel
