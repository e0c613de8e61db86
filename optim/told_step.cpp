// What an optimizer tells those who observe, when a step is done: how each variable moved, and how
// its constraint brought it back.
//
// Read before: optimizer.cpp, notice.h.
#include <exception>
#include <optional>

#include <reel/core/inspect/notice.h>
#include <reel/layers/functions/constraints.h>
#include <reel/optim/optimizer.h>

namespace reel {

namespace {

// The lengths of a weight's vectors when it had this value.
Tensor norms_of(const Constraint& constraint, const Variable& variable, const Tensor& value) {
  const auto* projection = constraint.target<detail::Projection>();
  if (!projection || !projection->norms) return {};
  return projection->norms(
      Variable(value, {.name = variable.name(), .kernel_kind = variable.kernel_kind()}));
}

}  // namespace

// When all of the step is done. A projection apart from the move that it follows.
void Optimizer::tell_moves(Index step) {
  using Kind = detail::Notice::Kind;
  std::optional<Config> made;  // once for all variables, if anybody asks
  const auto config = [&] {
    try {
      if (!made) made = get_config();
    } catch (const std::exception&) {  // some functions have none, and the step is done
      made.emplace();
    }
    return *made;
  };
  for (std::size_t i = 0; i < moves_.size(); ++i) {
    const auto& [before, moved, rate] = moves_[i];
    const Variable& variable = pending_[i].variable;
    detail::tell({.kind = Kind::step,
                  .owner = name(),
                  .variable = &variable,
                  .before = before,
                  .after = moved,
                  .gradient = pending_[i].gradient,
                  .rate = rate,
                  .step = step,
                  .attributes = detail::attributes_by(config)});
    const Constraint& constraint = constraints_[i];
    if (!constraint) continue;
    const auto parameters = [&] { return constraint.parameters(); };
    detail::tell({.kind = Kind::projection,
                  .owner = name(),
                  .name = constraint.name().empty() ? "a function" : constraint.name(),
                  .variable = &variable,
                  .before = moved,
                  .after = variable.stored(),
                  .norms_before = norms_of(constraint, variable, moved),
                  .norms_after = norms_of(constraint, variable, variable.stored()),
                  .step = step,
                  .attributes = detail::attributes_by(parameters)});
  }
  detail::tell({.kind = Kind::step_end, .owner = name(), .step = step});
  moves_.clear();
}

}  // namespace reel
