// The updates that a layer's calls leave behind: how they are added, read, and made, whole or not.
//
// Read before: ledger.h, layer_ledger.cpp. Read next: optimizer.h.
#include <algorithm>
#include <utility>

#include <reel/core/inspect/notice.h>
#include <reel/core/recording.h>
#include <reel/layers/base/as_in_call.h>
#include <reel/layers/base/call_frame.h>
#include <reel/layers/base/layer.h>
#include <reel/layers/base/naming.h>

namespace reel {

using detail::Ledger;

void Layer::add_update(const Variable& variable, detail::NextValue next,
                       const std::vector<Tensor>& from) {
  const detail::CallFrame* call = building_ ? nullptr : Ledger::current().running_call();
  if (call && next) next = detail::as_in(*call, std::move(next));
  queue_update(variable, std::move(next), from);
}

void Layer::queue_update(const Variable& variable, detail::NextValue next,
                         const std::vector<Tensor>& from) {
  if (!variable.defined() || !next)
    detail::throw_at<ValueError>(path(), "an update needs a variable and a function; got none");
  if (owner_->path.empty()) owner_->path = path();  // not called yet
  Ledger& ledger = Ledger::current();
  const detail::CallFrame* call = building_ ? nullptr : ledger.running_call();
  Update update{.variable = variable,
                .next = std::move(next),
                .layer = owner_,
                .root = root().owner_,
                .before = variable.stored().id(),
                .from = detail::ids_of(from)};
  if (call && from.empty()) update.from = detail::ids_of(call->inputs);
  if (call) update.calls = ledger.calls();
  update.conditional = !update.from.empty();
  ledger.to_add_to().updates.push_back(std::move(update));
}

// Those of this layer and those below that are not frozen, in the order of the calls.
memory::Vector<Update*> Layer::updates_in(detail::Entries& entries) const {
  memory::Vector<Update*> result;
  if (!trainable()) return result;  // whatever the layers below say
  memory::Vector<Layer*> layers;
  append_layers(layers);
  for (Update& update : entries.updates)
    if (update.layer->trainable && std::any_of(layers.begin(), layers.end(), [&](const Layer* l) {
          return l->owner_ == update.layer;
        }))
      result.push_back(&update);
  return result;
}

std::vector<Update> Layer::updates() const {
  std::vector<Update> result;
  for (const Update* update : updates_in(Ledger::current().to_read()))
    result.push_back(update->with_owner());
  return result;
}

std::vector<Update> Layer::get_updates_for(const std::vector<Tensor>& inputs) const {
  std::vector<Update> result = updates();
  std::erase_if(result, [&](const Update& update) {
    return !update.conditional ||
           !detail::depends(update.from, update.calls.inputs, detail::ids_of(inputs));
  });
  return result;
}

std::vector<Update> Layer::get_updates_for(std::nullptr_t) const {
  std::vector<Update> result = updates();
  std::erase_if(result, [](const Update& update) { return update.conditional; });
  return result;
}

// All of them or none: one that fails has those before it taken back.
void Layer::apply_updates() {
  const PauseRecording pause;
  const memory::Vector<Update*> waiting = updates_in(Ledger::current().to_read());
  // What layers that functions call leave behind must not move these entries.
  const Rehearsal rehearsal(Rehearsal::Draws::go_on);
  memory::Vector<std::pair<Update*, Tensor>> done;
  done.reserve(waiting.size());
  try {
    for (Update* update : waiting) {
      if (update->applied) continue;
      const Tensor old = update->variable.stored();
      update->variable.assign(update->next(old));
      update->applied = true;
      done.emplace_back(update, old);
    }
    for (const auto& [update, old] : done)
      if (detail::observed())
        detail::tell({.kind = detail::Notice::Kind::update,
                      .owner = update->layer->path,
                      .variable = &update->variable,
                      .before = old,
                      .after = update->variable.stored()});
  } catch (...) {
    for (auto last = done.rbegin(); last != done.rend(); ++last) {
      last->first->variable.stored() = last->second;
      last->first->applied = false;
    }
    throw;
  }
}

}  // namespace reel
