// What an optimizer keeps between steps: its count, its hyper-parameters and its slots.
#include <algorithm>

#include <reel/core/ops/factories.h>
#include <reel/layers/base/assign_all.h>
#include <reel/optim/optimizer.h>
#include <reel/optim/optimizer_fields.h>

namespace reel {

Index Optimizer::iterations() const {
  return iterations_.defined() ? static_cast<Index>(iterations_.stored().item()) : 0;
}

// Doubles count exactly up to 2^53 steps.
void Optimizer::set_iterations(Index iterations) {
  if (iterations < 0) throw ValueError("{}: iterations must be >= 0; got {}", name(), iterations);
  const Tensor value(iterations, float64);
  if (iterations_.defined())
    iterations_.assign(value);
  else
    iterations_ = Variable(value, {.name = name() + "/iter", .trainable = false});
}

void Optimizer::set_iterations(const Variable& counter) {
  if (iterations_.defined())
    throw RuntimeError("{}: the counter must be replaced before the optimizer's first use", name());
  if (counter.shape() != Shape{})
    throw ValueError("{}: the counter must be a scalar; got {}", name(), counter.shape());
  if (counter.dtype() != float64)
    throw TypeError("{}: the counter must be float64; got {}", name(), counter.dtype());
  iterations_ = counter;
}

void Optimizer::set_learning_rate(const LearningRate& learning_rate) {
  if (learning_rate.is_number())
    detail::check_not_negative(name(), "learning_rate", learning_rate.at(0));
  options_.learning_rate = learning_rate;
}

void Optimizer::set_decay(double decay) {
  detail::check_not_negative(name(), "decay", decay);
  options_.decay = decay;
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

std::vector<std::string> Optimizer::get_slot_names() const {
  std::vector<std::string> names;
  for (const Variable& made : slots_in_order_) {
    const std::string kind = made.name().substr(made.name().rfind('/') + 1);
    if (std::find(names.begin(), names.end(), kind) == names.end()) names.push_back(kind);
  }
  return names;
}

std::vector<Variable> Optimizer::variables() const {
  std::vector<Variable> result;
  if (iterations_.defined()) result.push_back(iterations_);
  result.insert(result.end(), slots_in_order_.begin(), slots_in_order_.end());
  return result;
}

std::vector<Tensor> Optimizer::get_weights() const {
  std::vector<Tensor> values;
  for (const Variable& variable : variables()) values.push_back(variable.stored());
  return values;
}

void Optimizer::set_weights(const std::vector<Tensor>& values) {
  detail::assign_all(name(), variables(), values);
}

Config Optimizer::get_config() const {
  if (!options_.learning_rate.is_number())
    throw ValueError("{}: learning_rate must be a number in a config; got a function", name());
  if (options_.gradient_aggregator || !options_.gradient_transformers.empty())
    throw ValueError("{}: gradient functions cannot stand in a config", name());
  detail::ConfigWriter writer(name());
  detail::visit_optimizer_fields(options_, options_.clipping, writer);
  return std::move(writer.config);
}

}  // namespace reel
