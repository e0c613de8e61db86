#include <reel/core/collections.h>

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

std::vector<Tensor> regularization_losses(Place place) {
  detail::note(place);
  std::vector<Tensor> result;
  const auto append = [&](const Tensor& loss) {
    if (loss.defined()) result.push_back(loss);
  };
  for (const auto& [weak, regularizer] : detail::Names::current()->variables())
    if (const Variable variable = weak.lock(); regularizer && variable.defined())
      append(regularizer(variable.value()));
  for (const detail::LossEntry& entry : detail::Ledger::current().shown().losses)
    append(entry.value());
  return result;
}

std::vector<Update> update_ops() {
  std::vector<Update> result;
  for (const detail::UpdateEntry& entry : detail::Ledger::current().shown().updates)
    if (entry.owner->trainable) result.push_back(entry.update);
  return result;
}

}  // namespace reel::collections
