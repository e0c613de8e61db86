// Why a net trains nothing: the variables that a loss depends on, and no list has.
//
// `trainable_variables` is empty before a layer's first call, of a frozen layer, and of a net that
// runs layers which it does not own: plain members instead of children. The engine sees an empty
// list and asks here for the reason. A net that runs a stranger is told so at once, too, since it
// may have other variables, and its files would lack the stranger's.
// Read before: layer.h, gradient_checks.h.
#include <algorithm>

#include <reel/core/derivatives/gradient_checks.h>
#include <reel/core/recording.h>
#include <reel/core/runtime/log.h>
#include <reel/layers/base/call_frame.h>
#include <reel/layers/base/layer.h>
#include <reel/layers/base/naming.h>
#include <reel/layers/scope/variable_store.h>

namespace reel {

// What a user calls must have this layer below it. Asked once a layer, of its first call in
// another.
void Layer::find_stray(const detail::CallFrame& frame) {
  if (owner_->placed.exchange(true)) return;
  const detail::CallFrame* outermost = &frame;
  while (outermost->outer) outermost = outermost->outer;
  const std::vector<Layer*> layers = outermost->layer.flatten_layers();
  if (std::find(layers.begin(), layers.end(), this) != layers.end()) return;
  owner_->stray_in = outermost->layer.path();
  if (parent_ || !trainable() || variables().empty()) return;
  logging::warning(
      "{}: its call runs {}, which is not its child, so it is not trained, listed or saved with "
      "it; make it with child<{}>(...), or name it with share",
      owner_->stray_in, path(), detail::class_name(typeid(*this)));
}

// A layer that each call makes finds the weights of the call before only if somebody kept them.
void Layer::find_lost() const {
  const auto is_new = [](const OwnWeight& w) { return w.created && w.trainable; };
  if (!recording() || std::none_of(weights_.begin(), weights_.end(), is_new)) return;
  if (owner_->told->made_anew++ == 1)
    logging::warning(
        "{}: each call makes this layer and its weights anew, so they are never trained; make it "
        "once, with child<{}>(...)",
        path(), detail::class_name(typeid(*this)));
}

namespace detail {
namespace {

std::string advice(const std::vector<Variable>& variables) {
  std::vector<std::shared_ptr<const Owner>> owners;
  for (const Variable& variable : variables)
    if (const auto owner = Names::current()->owner_of(variable)) owners.push_back(owner);
  // The layer itself, or one above it, whose lists have nothing of it.
  const auto frozen = [](const std::shared_ptr<const Owner>& owner) {
    const Owner* at = owner.get();
    while (at && at->trainable) at = at->parent.get();
    return at;
  };
  const auto is_trainable = [](const Variable& variable) { return variable.trainable(); };
  const auto made_frozen = [](const auto& owner) { return owner->made_frozen.load(); };
  if (std::none_of(variables.begin(), variables.end(), is_trainable)) {
    const auto fixed = std::find_if(owners.begin(), owners.end(), made_frozen);
    if (fixed == owners.end()) return "";  // nobody asked for trainable ones
    return fmt::format(
        "the weights of {} were made while it was frozen, for good: make the layer anew, or call "
        "set_trainable(true) before its first call",
        (*fixed)->path);
  }
  for (const auto& owner : owners)
    if (!owner->stray_in.empty())
      return fmt::format(
          "{} runs in the call of {} but is not its child: make it with child<...>(...), or name "
          "it with share",
          owner->path, owner->stray_in);
  if (owners.empty()) return "name those to train";
  if (std::all_of(owners.begin(), owners.end(), frozen))
    return fmt::format("{} is frozen: call set_trainable(true)", frozen(owners[0])->path);
  return "a list that is taken before a layer's first call is empty: take it after the call";
}

[[maybe_unused]] const bool engine_is_told = [] {
  advice_on_unlisted = advice;
  return true;
}();

}  // namespace
}  // namespace detail
}  // namespace reel
