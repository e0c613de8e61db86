// What a layer's calls leave behind: its view of the ledger (layers/base/ledger.h).
#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_map>

#include <reel/core/ops.h>
#include <reel/layers/base/layer.h>
#include <reel/layers/base/naming.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/reports/ledger_table.h>

namespace reel {

using detail::Ledger;
using detail::LossEntry;

void Layer::set_activity_regularizer(const Regularizer& regularizer) {
  activity_regularizer_ = resolve(regularizer, path() + ": activity_regularizer");
}

void Layer::add_activity_loss(const Tensor& y) {
  if (y.rank() == 0)
    throw ValueError("an activity regularizer needs an output with a batch axis; got a scalar");
  const Tensor penalty = activity_regularizer_(y);
  // An empty batch costs nothing, where the reference divides by zero.
  if (!penalty.defined()) return;
  const Tensor loss = penalty / std::max<Index>(y.shape()[0], 1);
  Ledger& ledger = Ledger::current();
  ledger.open().losses.push_back(
      {owner_, [loss] { return loss; }, true, ledger.calls(), LossEntry::Kind::activity});
}

// --- losses ----------------------------------------------------------------------------------

void Layer::add_loss(const Tensor& loss, const Tensor& inputs) {
  if (!loss.defined()) return;
  const bool in_call = Ledger::current().in_call();
  if (building_ || (!in_call && !recording()))
    detail::throw_at<ValueError>(
        path(),
        "a tensor may only be added as a loss in a call or under a tape, since it belongs to "
        "one computation; it was added {}; give a function that returns it",
        building_ ? "while building" : "outside of both");
  Ledger& ledger = Ledger::current();
  ledger.open().losses.push_back(
      {owner_, [loss] { return loss; }, inputs.defined(), ledger.calls(), LossEntry::Kind::tensor});
}

void Layer::add_loss(double loss, const Tensor& inputs) {
  const DType dtype = this->dtype().value_or(inputs.defined() ? inputs.dtype() : float32);
  const Ledger& ledger = Ledger::current();
  if (ledger.in_call() && !building_)
    add_loss(Tensor(loss, dtype), inputs);
  else
    kept_losses_.push_back({[loss, dtype] { return Tensor(loss, dtype); }, inputs.defined()});
}

void Layer::add_loss(const std::function<Tensor()>& loss, const Tensor& inputs) {
  if (!loss) return;
  Ledger& ledger = Ledger::current();
  if (ledger.in_call() && !building_)
    ledger.open().losses.push_back(
        {owner_, loss, inputs.defined(), ledger.calls(), LossEntry::Kind::function});
  else
    kept_losses_.push_back({loss, inputs.defined()});
}

void Layer::add_loss(const std::vector<Tensor>& losses, const Tensor& inputs) {
  for (const Tensor& loss : losses) add_loss(loss, inputs);
}

struct Layer::LossTerm {
  const Layer* layer;
  Tensor value;
  bool conditional;
  const detail::LossEntry* entry;    // none for what is kept with the layer
  const detail::KeptWeight* weight;  // of a penalty on a weight
};

// Every term of this layer and those below, evaluated, in the order of `losses`: a layer's tensors,
// then its functions in the order in which it got them. The terms point into `entries`, a copy of
// the ledger's.
memory::Vector<Layer::LossTerm> Layer::loss_terms(const memory::Vector<LossEntry>& entries) const {
  memory::Vector<LossTerm> terms;
  memory::Vector<Layer*> layers;
  append_layers(layers);
  for (const Layer* layer : layers) {
    const auto append = [&](const Tensor& value, bool conditional, const LossEntry* entry,
                            const detail::KeptWeight* weight) {
      if (value.defined()) terms.push_back({layer, value, conditional, entry, weight});
    };
    // A function sees the ledger and leaves nothing in it, whatever layers it calls.
    const auto evaluate = [](const auto& loss) {
      const Ledger before = Ledger::current();
      const Rehearsal rehearsal(Rehearsal::Draws::go_on);
      Ledger::current() = before;
      return loss();
    };
    const auto append_entries = [&](bool functions) {
      for (const LossEntry& entry : entries)
        if (entry.owner == layer->owner_ && functions == (entry.kind == LossEntry::Kind::function))
          append(functions ? evaluate(entry.value) : entry.value(), entry.conditional, &entry,
                 nullptr);
    };
    append_entries(false);
    for (const detail::KeptWeight& weight : layer->weights_)
      if (weight.regularizer)
        append(weight.regularizer(weight.variable.value()), false, nullptr, &weight);
    for (const detail::KeptLoss& loss : layer->kept_losses_)
      append(evaluate(loss.value), loss.conditional, nullptr, nullptr);
    append_entries(true);
  }
  return terms;
}

std::vector<Tensor> Layer::losses(CallSite site) const {
  detail::note(site);
  std::vector<Tensor> result;
  const memory::Vector<LossEntry> entries = Ledger::current().shown().losses;
  for (const LossTerm& term : loss_terms(entries)) result.push_back(term.value);
  return result;
}

Tensor Layer::total_loss(CallSite site) const {
  detail::note(site);
  Tensor total;
  for (const Tensor& loss : losses()) total = total.defined() ? total + loss : loss;
  if (total.defined()) return total;
  const std::vector<Variable> variables = this->variables();
  return Tensor(0.0, variables.empty() ? dtype().value_or(float32) : variables[0].dtype());
}

namespace {

memory::Vector<TensorId> ids_of(std::span<const Tensor> tensors) {
  memory::Vector<TensorId> ids;
  for (const Tensor& tensor : tensors) ids.push_back(tensor.id());
  return ids;
}

}  // namespace

std::vector<Tensor> Layer::get_losses_for(const std::vector<Tensor>& inputs, CallSite site) const {
  detail::note(site);
  std::vector<Tensor> result;
  const memory::Vector<LossEntry> entries = Ledger::current().shown().losses;
  for (const LossTerm& term : loss_terms(entries)) {
    const TensorId id = term.value.id();
    const memory::Vector<TensorId> of_calls =
        term.entry ? term.entry->calls.inputs : memory::Vector<TensorId>{};
    if (term.conditional && detail::depends(std::span(&id, 1), of_calls, ids_of(inputs)))
      result.push_back(term.value);
  }
  return result;
}

std::vector<Tensor> Layer::get_losses_for(std::nullptr_t, CallSite site) const {
  detail::note(site);
  std::vector<Tensor> result;
  const memory::Vector<LossEntry> entries = Ledger::current().shown().losses;
  for (const LossTerm& term : loss_terms(entries))
    if (!term.conditional) result.push_back(term.value);
  return result;
}

// --- updates ---------------------------------------------------------------------------------

void Layer::add_update(const Variable& variable, detail::NextValue next,
                       const std::vector<Tensor>& from) {
  if (!variable.defined() || !next)
    detail::throw_at<ValueError>(path(), "an update needs a variable and a function; got none");
  if (owner_->path.empty()) owner_->path = path();  // not called yet
  Ledger& ledger = Ledger::current();
  const bool in_call = ledger.in_call() && !building_;
  memory::Vector<TensorId> depends_on = ids_of(from);
  if (in_call && from.empty()) depends_on = ids_of(ledger.innermost_inputs());
  ledger.open().updates.push_back({owner_, root().owner_, variable, std::move(next),
                                   !depends_on.empty(), false, depends_on,
                                   in_call ? ledger.calls() : detail::Calls{}});
}

// The entries of this layer and those below that are not frozen, in the order of the calls.
memory::Vector<detail::UpdateEntry*> Layer::update_entries(detail::Entries& entries) const {
  memory::Vector<detail::UpdateEntry*> result;
  if (!trainable()) return result;  // whatever the layers below say
  memory::Vector<Layer*> layers;
  append_layers(layers);
  for (detail::UpdateEntry& entry : entries.updates)
    if (entry.owner->trainable && std::any_of(layers.begin(), layers.end(), [&](const Layer* l) {
          return l->owner_ == entry.owner;
        }))
      result.push_back(&entry);
  return result;
}

std::vector<Update> Layer::updates() const {
  std::vector<Update> result;
  for (const detail::UpdateEntry* entry : update_entries(Ledger::current().shown()))
    result.push_back(entry->update());
  return result;
}

std::vector<Update> Layer::get_updates_for(const std::vector<Tensor>& inputs) const {
  std::vector<Update> result;
  for (const detail::UpdateEntry* entry : update_entries(Ledger::current().shown()))
    if (entry->conditional && detail::depends(entry->from, entry->calls.inputs, ids_of(inputs)))
      result.push_back(entry->update());
  return result;
}

std::vector<Update> Layer::get_updates_for(std::nullptr_t) const {
  std::vector<Update> result;
  for (const detail::UpdateEntry* entry : update_entries(Ledger::current().shown()))
    if (!entry->conditional) result.push_back(entry->update());
  return result;
}

void Layer::apply_updates() {
  const PauseRecording pause;
  const memory::Vector<detail::UpdateEntry*> entries = update_entries(Ledger::current().shown());
  // What layers that functions call leave behind must not move these entries.
  const Rehearsal rehearsal(Rehearsal::Draws::go_on);
  for (detail::UpdateEntry* entry : entries) {
    if (entry->applied) continue;
    entry->variable.assign(entry->next(entry->variable.stored()));
    entry->applied = true;
  }
}

// --- the table ---------------------------------------------------------------------------------

namespace {

// What a loss depends on, as far as the tape knows: the inputs of the outermost call that reach it.
// A function's value is not on the tape, so it counts as depending on all of them.
std::string condition(const detail::Calls& calls, const Tensor& loss, const Tape& tape) {
  if (calls.number == 0) return "inputs";
  std::vector<std::string> reached, all;
  for (std::size_t i = 0; i < calls.outermost.size(); ++i) {
    const std::string text = calls.outermost.size() == 1
                                 ? calls.outermost[i].str()
                                 : fmt::format("{} {}", i + 1, calls.outermost[i]);
    all.push_back(text);
    if (tape.reaches(std::span(&calls.inputs[i], 1), loss)) reached.push_back(text);
  }
  return fmt::format("call {}: input {}", calls.number,
                     fmt::join(reached.empty() ? all : reached, ", "));
}

std::string name_of(const Regularizer& regularizer) {
  return regularizer.name().empty() ? "regularizer" : regularizer.name();
}

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

LedgerTable ledger(const Layer& layer, const Tape& tape) {
  detail::Entries& recorded = Ledger::current().recorded();
  const memory::Vector<LossEntry> entries = recorded.losses;
  const PauseRecording pause;
  LedgerTable table{.name = layer.path(), .losses = {}, .updates = {}, .total = 0};
  std::unordered_map<const Layer*, int> added;
  for (const Layer::LossTerm& term : layer.loss_terms(entries)) {
    const std::string owner = term.layer->path();
    std::string name;
    if (term.weight)
      name = fmt::format("{} of {}", name_of(term.weight->regularizer),
                         last_part(term.weight->variable.name()));
    else if (term.entry && term.entry->kind == LossEntry::Kind::activity)
      name = fmt::format("{} of the output", name_of(term.layer->activity_regularizer_));
    else
      name = fmt::format("add_loss {}", ++added[term.layer]);
    const double value = sum(term.value).item();
    table.total += value;
    table.losses.push_back({.name = std::move(name),
                            .owner = owner,
                            .conditional_on = !term.conditional ? ""
                                              : term.entry
                                                  ? condition(term.entry->calls, term.value, tape)
                                                  : "inputs",
                            .value = value});
  }
  for (LedgerLoss& loss : table.losses)
    loss.share = table.total == 0 ? 0 : loss.value / table.total;
  for (const detail::UpdateEntry* entry : layer.update_entries(recorded))
    table.updates.push_back({entry->variable, entry->owner->path, entry->applied});
  return table;
}

}  // namespace reel
