#include <reel/layers/scope/collections.h>

#include <algorithm>

#include <reel/layers/functions/regularizers.h>

namespace reel::collections {

std::vector<Variable> global_variables() {
  std::vector<Variable> result;
  for (const auto& registered : detail::Names::current()->variables())
    if (const Variable variable = registered.variable.lock(); variable.defined())
      result.push_back(variable);
  return result;
}

std::vector<Variable> trainable_variables() {
  std::vector<Variable> result = global_variables();
  std::erase_if(result, [](const Variable& variable) { return !variable.trainable(); });
  return result;
}

std::vector<Tensor> regularization_losses(CallSite site) {
  detail::note(site);
  std::vector<Tensor> result;
  const auto append = [&](const Tensor& loss) {
    if (loss.defined()) result.push_back(loss);
  };
  for (const detail::RegisteredVariable& registered : detail::Names::current()->variables())
    if (const Variable variable = registered.variable.lock();
        registered.regularizer && variable.defined())
      append(detail::penalty(registered.regularizer, variable.value(), variable.name()));
  for (const detail::LossTerm& term : detail::Ledger::current().to_read().losses)
    append(term.value());
  detail::Ledger::current().reminders.forget_losses();
  return result;
}

std::vector<Update> update_ops() {
  std::vector<Update> result;
  for (const Update& update : detail::Ledger::current().to_read().updates)
    if (update.layer->trainable) result.push_back(update.with_owner());
  return result;
}

void initialize(ListOf<Variable> variables) {
  const std::vector<detail::RegisteredVariable> known = detail::Names::current()->variables();
  std::vector<Tensor> values;
  for (const Variable& variable : variables) {
    const auto found = std::find_if(known.begin(), known.end(), [&](const auto& registered) {
      return registered.variable.lock() == variable;
    });
    if (found == known.end())
      throw ValueError("initialize: the variables must be of the current store; {} is not",
                       variable.name());
    values.push_back(found->first_value());
  }
  for (std::size_t i = 0; i < values.size(); ++i) variables[i].assign(values[i]);
}

}  // namespace reel::collections
