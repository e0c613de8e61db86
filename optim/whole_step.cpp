#include <reel/optim/whole_step.h>

namespace reel::detail {

WholeStep::WholeStep(Optimizer& optimizer)
    : optimizer_(optimizer),
      counter_(optimizer.iterations_),
      count_(counter_.defined() ? counter_.stored() : Tensor()),
      slots_(optimizer.slots_in_order_.size()),
      waiting_(optimizer.waiting_),
      is_fresh_(optimizer.is_fresh_) {}

WholeStep::~WholeStep() {
  if (!is_done_)
    put_back();
  else
    optimizer_.forget_the_dead();
  optimizer_.pending_.clear();
  optimizer_.constraints_.clear();
}

// Memory that was given back a moment ago is at hand: that of new values, and, since a constraint
// of the library needs more beside its result, that of a first projection.
void WholeStep::prepare(bool holds_values) {
  memory::Vector<Tensor> room;
  for (std::size_t i = 0; i < optimizer_.pending_.size(); ++i) {
    const Variable& variable = optimizer_.pending_[i].variable;
    if (holds_values || !optimizer_.constraints_[i]) continue;
    room.push_back(Tensor::empty_like(variable.stored()));
    if (is_fresh_) optimizer_.constraints_[i](variable);
  }
  const auto look_at = [&](const Variable& variable) {
    if (holds_values)
      values_.emplace_back(variable, variable.stored());
    else if (const Tensor& value = variable.stored(); !value.unique())
      room.push_back(Tensor::empty_like(value));
  };
  const auto look_at_slots = [&](const Variable& owner) {
    const auto slots = optimizer_.slots_.find(owner.id());
    if (slots == optimizer_.slots_.end()) return;
    for (const auto& slot : slots->second) look_at(slot.variable);
  };
  look_at_slots(optimizer_.iterations_);
  for (const VariableGradient& pair : optimizer_.pending_) {
    look_at(pair.variable);
    look_at_slots(pair.variable);
  }
}

void WholeStep::put_back() {
  for (auto& [variable, value] : values_) variable.stored() = value;
  for (std::size_t i = slots_; i < optimizer_.slots_in_order_.size(); ++i)
    for (auto& [id, slots] : optimizer_.slots_)
      std::erase_if(slots, [&](const auto& slot) {
        return slot.variable == optimizer_.slots_in_order_[i].variable;
      });
  std::erase_if(optimizer_.slots_, [](const auto& of) { return of.second.empty(); });
  const auto first_made = optimizer_.slots_in_order_.begin() + static_cast<std::ptrdiff_t>(slots_);
  optimizer_.slots_in_order_.erase(first_made, optimizer_.slots_in_order_.end());
  optimizer_.iterations_ = counter_;
  if (count_.defined()) counter_.stored() = count_;
  optimizer_.waiting_ = waiting_;
  optimizer_.is_fresh_ = is_fresh_;
}

}  // namespace reel::detail
