// What a layer's calls leave behind: its view of the ledger (core/ledger.h).
#include <algorithm>

#include <reel/core/ops.h>
#include <reel/layers/layer.h>
#include <reel/layers/naming.h>
#include <reel/layers/regularizers.h>

namespace reel {

using detail::Ledger;

void Layer::set_activity_regularizer(const Regularizer& regularizer) {
  activity_regularizer_ = resolve(regularizer, path() + ": activity_regularizer");
}

void Layer::add_activity_loss(const Tensor& y) {
  if (y.rank() == 0)
    throw ValueError("an activity regularizer needs an output with a batch axis; got a scalar");
  activity_regularizer_ = resolve(activity_regularizer_, "activity_regularizer");
  const Tensor penalty = activity_regularizer_(y);
  // An empty batch costs nothing, where the reference divides by zero.
  if (penalty.defined()) add_loss(penalty / std::max<Index>(y.shape()[0], 1), y);
}

// --- losses ----------------------------------------------------------------------------------

void Layer::add_loss(const Tensor& loss, const Tensor& inputs) {
  if (!loss.defined()) return;
  const bool in_call = Ledger::current().in_call();
  if (building_ || (!in_call && !detail::recording()))
    detail::throw_at<ValueError>(
        path(),
        "a tensor may only be added as a loss in a call or under a tape, since it belongs to "
        "one computation; it was added {}; give a function that returns it",
        building_ ? "while building" : "outside of both");
  Ledger::current().open().losses.push_back(
      {owner_, [loss] { return loss; }, inputs.defined(), Ledger::current().inputs_of_calls()});
}

void Layer::add_loss(double loss, const Tensor& inputs) {
  const DType dtype = this->dtype().value_or(inputs.defined() ? inputs.dtype() : float32);
  add_loss([loss, dtype] { return Tensor(loss, dtype); }, inputs);
}

void Layer::add_loss(const std::function<Tensor()>& loss, const Tensor& inputs) {
  if (!loss) return;
  Ledger& ledger = Ledger::current();
  if (ledger.in_call() && !building_)
    ledger.open().losses.push_back({owner_, loss, inputs.defined(), ledger.inputs_of_calls()});
  else
    kept_losses_.push_back({loss, inputs.defined()});
}

struct Layer::LossTerm {
  Tensor value;
  bool conditional;
  std::vector<TensorId> inputs;
};

// Every term of this layer and those below, evaluated, in the order of `losses`.
std::vector<Layer::LossTerm> Layer::loss_terms() const {
  std::vector<LossTerm> terms;
  const auto append = [&](const Tensor& value, bool conditional,
                          const std::vector<TensorId>& inputs) {
    if (value.defined()) terms.push_back({value, conditional, inputs});
  };
  const std::vector<detail::LossEntry> entries = Ledger::current().shown().losses;
  for (const Layer* layer : flatten_layers()) {
    for (const detail::LossEntry& entry : entries)
      if (entry.owner == layer->owner_) append(entry.value(), entry.conditional, entry.inputs);
    for (const Weight& weight : layer->weights_)
      if (weight.regularizer) append(weight.regularizer(weight.variable.value()), false, {});
    for (const KeptLoss& loss : layer->kept_losses_) append(loss.value(), loss.conditional, {});
  }
  return terms;
}

std::vector<Tensor> Layer::losses(Place place) const {
  detail::note(place);
  std::vector<Tensor> result;
  for (const LossTerm& term : loss_terms()) result.push_back(term.value);
  return result;
}

Tensor Layer::total_loss(Place place) const {
  detail::note(place);
  Tensor total;
  for (const Tensor& loss : losses()) total = total.defined() ? total + loss : loss;
  if (total.defined()) return total;
  const std::vector<Variable> variables = this->variables();
  return Tensor(0.0, variables.empty() ? dtype().value_or(float32) : variables[0].dtype());
}

namespace {

std::vector<TensorId> ids_of(std::span<const Tensor> tensors) {
  std::vector<TensorId> ids;
  for (const Tensor& tensor : tensors) ids.push_back(tensor.id());
  return ids;
}

}  // namespace

std::vector<Tensor> Layer::get_losses_for(const std::vector<Tensor>& inputs) const {
  std::vector<Tensor> result;
  for (const LossTerm& term : loss_terms()) {
    const TensorId id = term.value.id();
    if (term.conditional && detail::depends(std::span(&id, 1), term.inputs, ids_of(inputs)))
      result.push_back(term.value);
  }
  return result;
}

std::vector<Tensor> Layer::get_losses_for(std::nullptr_t) const {
  std::vector<Tensor> result;
  for (const LossTerm& term : loss_terms())
    if (!term.conditional) result.push_back(term.value);
  return result;
}

// --- updates ---------------------------------------------------------------------------------

void Layer::add_update(const Variable& variable, std::function<Tensor(const Tensor&)> next,
                       const std::vector<Tensor>& from) {
  if (!variable.defined() || !next)
    detail::throw_at<ValueError>(path(), "an update needs a variable and a function; got none");
  Ledger& ledger = Ledger::current();
  const bool in_call = ledger.in_call() && !building_;
  std::vector<TensorId> depends_on = ids_of(from);
  if (in_call && from.empty()) depends_on = ids_of(ledger.innermost_inputs());
  ledger.open().updates.push_back(
      {owner_, root().owner_, Update{variable, std::move(next), path(), !depends_on.empty(), false},
       depends_on, in_call ? ledger.inputs_of_calls() : std::vector<TensorId>{}});
}

// The entries of this layer and those below that are not frozen, in the order of the calls.
std::vector<detail::UpdateEntry*> Layer::update_entries() const {
  const std::vector<Layer*> layers = flatten_layers();
  std::vector<detail::UpdateEntry*> result;
  for (detail::UpdateEntry& entry : Ledger::current().shown().updates)
    if (entry.owner->trainable && std::any_of(layers.begin(), layers.end(), [&](const Layer* l) {
          return l->owner_ == entry.owner;
        }))
      result.push_back(&entry);
  return result;
}

std::vector<Update> Layer::updates() const {
  std::vector<Update> result;
  for (const detail::UpdateEntry* entry : update_entries()) result.push_back(entry->update);
  return result;
}

std::vector<Update> Layer::get_updates_for(const std::vector<Tensor>& inputs) const {
  std::vector<Update> result;
  for (const detail::UpdateEntry* entry : update_entries())
    if (entry->update.conditional && detail::depends(entry->from, entry->inputs, ids_of(inputs)))
      result.push_back(entry->update);
  return result;
}

std::vector<Update> Layer::get_updates_for(std::nullptr_t) const {
  std::vector<Update> result;
  for (const detail::UpdateEntry* entry : update_entries())
    if (!entry->update.conditional) result.push_back(entry->update);
  return result;
}

void Layer::apply_updates() {
  const PauseRecording pause;
  for (detail::UpdateEntry* entry : update_entries()) {
    Update& update = entry->update;
    if (update.applied) continue;
    update.variable.assign(update.next(update.variable.stored()));
    update.applied = true;
  }
}

}  // namespace reel
