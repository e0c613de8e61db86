#include <reel/optim/run/forgotten_calls.h>

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include <reel/core/runtime/joined.h>
#include <reel/layers/base/random_stream.h>
#include <reel/layers/scope/variable_store.h>

namespace reel::detail {
namespace {

bool was_told_of_updates(const Layer& layer) {
  for (const Layer* l = &layer; l; l = l->parent())
    if (Names::current()->told_of(l->path())->of_updates) return true;
  return false;
}

bool was_told_of_mode(const Layer& layer) {
  return Names::current()->told_of(layer.path())->of_mode;
}

std::string some(const std::vector<std::string>& paths) {
  constexpr std::size_t most = 3;
  if (paths.size() <= most) return detail::joined(paths);
  return fmt::format("{} and {} more", detail::joined(std::span(paths).first(most)),
                     paths.size() - most);
}

}  // namespace

void ForgottenCalls::keep(const Layer& net) {
  before_.clear();
  for (const Variable& variable : net.variables())
    before_.emplace_back(variable, variable.stored());
  draws_ = random_state().draw;
}

// A variable that was not there has been made by the step.
bool ForgottenCalls::has_moved(const Variable& variable) const {
  const auto kept = std::find_if(before_.begin(), before_.end(),
                                 [&](const auto& pair) { return pair.first == variable; });
  if (kept == before_.end()) return true;
  return dispatch(variable.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto a = kept->second.span<const T>(), b = variable.stored().span<const T>();
    return !std::equal(a.begin(), a.end(), b.begin());
  });
}

std::string ForgottenCalls::finding(const Layer& net) {
  const auto moved = [&](const Variable& v) { return has_moved(v); };
  const std::vector<Variable> trained = net.trainable_variables();
  std::vector<std::string> as_in_inference, without_updates;
  if (!before_.empty() && std::any_of(trained.begin(), trained.end(), moved))
    for (const Layer* layer : net.flatten_layers()) {
      if (!layer->trainable() || !layer->children().empty()) continue;
      const std::vector<Variable> statistics = layer->non_trainable_variables();
      const bool is_still =
          !statistics.empty() && std::none_of(statistics.begin(), statistics.end(), moved);
      const bool draws_nothing =
          dynamic_cast<const RandomStream*>(layer) && random_state().draw == draws_;
      if ((is_still || draws_nothing) && was_told_of_mode(*layer))
        as_in_inference.push_back(layer->path());
      else if (is_still && was_told_of_updates(*layer))
        without_updates.push_back(layer->path());
    }
  before_.clear();
  if (!as_in_inference.empty())
    return fmt::format(
        "training flag forgotten: {} ran as in inference while the weights of {} moved; write "
        "net(x, {{.training = true}}) in the loop",
        some(as_in_inference), net.path());
  if (!without_updates.empty())
    return fmt::format(
        "updates forgotten: the moving statistics of {} stood still while the weights of {} moved; "
        "call apply_updates() on the net after the optimizer's step, inside the tape's block",
        some(without_updates), net.path());
  return {};
}

}  // namespace reel::detail
