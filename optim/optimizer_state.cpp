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

void Optimizer::set_weight_decay(double weight_decay) {
  detail::check_not_negative(name(), "weight_decay", weight_decay);
  options_.weight_decay = weight_decay;
}

void Optimizer::create_slots(const std::vector<VariableGradient>&) {}

// Values that `set_weights` was given before the first step are for the slots that this makes: of
// so many variables, which may be fewer, or more since some have no gradient in this step.
void Optimizer::make_slots(const std::vector<VariableGradient>& gradients) {
  create_slots(pending_);
  if (!std::exchange(is_fresh_, false) || waiting_.empty()) return;
  const std::size_t numbers = slots_[iterations_.id()].size();
  const std::size_t kinds = (slots_in_order_.size() - numbers) / pending_.size();
  const std::size_t of_variables = waiting_.size() - std::min(numbers, waiting_.size());
  const std::size_t had_some = kinds ? of_variables / kinds : 0;
  if (had_some != pending_.size()) {
    const auto& among = had_some < pending_.size() ? pending_ : gradients;
    slots_.clear();
    slots_in_order_.clear();
    create_slots({among.begin(),
                  among.begin() + static_cast<std::ptrdiff_t>(std::min(had_some, among.size()))});
  }
  std::vector<Tensor> values{iterations_.stored()};
  values.insert(values.end(), waiting_.begin(), waiting_.end());
  detail::assign_all(name(), variables(), values);
  waiting_.clear();
  create_slots(pending_);
}

void Optimizer::build(const std::vector<Variable>& variables) {
  const PauseRecording pause;
  if (!iterations_.defined()) set_iterations(0);
  pending_.clear();
  for (const Variable& variable : variables) pending_.push_back({variable, {}});
  if (!pending_.empty()) make_slots(pending_);
  pending_.clear();
}

void Optimizer::add_slot(const Variable& variable, const char* slot, double value) {
  for (const Slot& present : slots_[variable.id()])
    if (present.kind == slot) return;
  make_slot(variable, slot, fmt::format("{}/{}/{}", name(), variable.name(), slot),
            full(variable.shape(), value, variable.dtype()));
}

// A slot of the counter, which lives as long as the optimizer.
void Optimizer::add_number(const char* number, double value) {
  for (const Slot& present : slots_[iterations_.id()])
    if (present.kind == number) return;
  make_slot(iterations_, number, fmt::format("{}/{}", name(), number), Tensor(value, float64));
}

void Optimizer::make_slot(const Variable& owner, const char* slot, const std::string& name,
                          const Tensor& value) {
  const Variable made(value, {.name = name, .trainable = false});
  slots_[owner.id()].push_back({slot, made});
  slots_in_order_.push_back({WeakVariable(owner), made});
}

// After each step: one that makes no slot may be the last of those whose variables are gone.
void Optimizer::forget_the_dead() {
  const auto is_dead = [](const SlotInOrder& slot) { return slot.owner.expired(); };
  if (std::none_of(slots_in_order_.begin(), slots_in_order_.end(), is_dead)) return;
  std::vector<Variable> dead;
  for (const SlotInOrder& slot : slots_in_order_)
    if (is_dead(slot)) dead.push_back(slot.variable);
  std::erase_if(slots_in_order_, is_dead);
  std::erase_if(slots_, [&](const auto& of) {
    return !of.second.empty() &&
           std::find(dead.begin(), dead.end(), of.second[0].variable) != dead.end();
  });
}

const Variable& Optimizer::slot(const Variable& variable, std::size_t index) const {
  const auto found = slots_.find(variable.id());
  const std::size_t made = found == slots_.end() ? 0 : found->second.size();
  if (index >= made)
    throw ValueError("{}: slot {} of {} must be made by create_slots; it has {}", name(), index,
                     variable.name(), made);
  return found->second[index].variable;
}

std::vector<Variable> Optimizer::slots() const {
  std::vector<Variable> living;
  for (const SlotInOrder& slot : slots_in_order_)
    if (const Variable owner = slot.owner.lock(); owner.defined() && owner != iterations_)
      living.push_back(slot.variable);
  return living;
}

std::vector<Variable> Optimizer::numbers() const {
  std::vector<Variable> result;
  for (const SlotInOrder& slot : slots_in_order_)
    if (iterations_.defined() && slot.owner.lock() == iterations_) result.push_back(slot.variable);
  return result;
}

bool Optimizer::has_slot(const Variable& variable, const std::string& slot) const {
  const auto found = slots_.find(variable.id());
  return found != slots_.end() &&
         std::any_of(found->second.begin(), found->second.end(),
                     [&](const Slot& present) { return present.kind == slot; });
}

Variable Optimizer::get_slot(const Variable& variable, const std::string& slot) const {
  if (const auto found = slots_.find(variable.id()); found != slots_.end())
    for (const Slot& present : found->second)
      if (present.kind == slot) return present.variable;
  throw ValueError("{}: {} has no slot '{}'", name(), variable.name(), slot);
}

std::vector<std::string> Optimizer::get_slot_names() const {
  std::vector<std::string> names;
  for (const SlotInOrder& slot : slots_in_order_) {
    const Variable owner = slot.owner.lock();
    if (!owner.defined() || owner == iterations_) continue;
    const std::string kind =
        slot.variable.name().substr(name().size() + owner.name().size() + 2);  // behind two '/'
    if (std::find(names.begin(), names.end(), kind) == names.end()) names.push_back(kind);
  }
  return names;
}

std::vector<Variable> Optimizer::variables() const {
  std::vector<Variable> result;
  if (iterations_.defined()) result.push_back(iterations_);
  for (const SlotInOrder& slot : slots_in_order_)
    if (slot.owner.lock().defined()) result.push_back(slot.variable);
  return result;
}

std::vector<Tensor> Optimizer::get_weights() const {
  std::vector<Tensor> values;
  for (const Variable& variable : variables()) values.push_back(variable.stored());
  values.insert(values.end(), waiting_.begin(), waiting_.end());
  return values;
}

void Optimizer::set_weights(const std::vector<Tensor>& values) {
  if (!is_fresh_ || values.empty()) return detail::assign_all(name(), variables(), values);
  const bool has_counter = iterations_.defined();
  if (!has_counter) set_iterations(0);
  try {
    detail::assign_all(name(), {iterations_}, {values[0]});
  } catch (...) {
    if (!has_counter) iterations_ = {};
    throw;
  }
  waiting_.assign(values.begin() + 1, values.end());
}

Config Optimizer::get_config() const {
  if (options_.learning_rate.serialize().is_none())
    throw ValueError("{}: learning_rate must be a number or a schedule in a config; got a function",
                     name());
  if (options_.gradient_aggregator || !options_.gradient_transformers.empty())
    throw ValueError("{}: gradient functions cannot stand in a config", name());
  detail::ConfigWriter writer(name());
  detail::visit_optimizer_fields(options_, options_.clipping, writer);
  if (!options_.groups.empty())
    writer.config.set("groups", detail::groups_config(name(), options_.groups));
  return std::move(writer.config);
}

}  // namespace reel
