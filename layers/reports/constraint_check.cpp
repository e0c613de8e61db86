#include <reel/layers/reports/constraint_check.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <ostream>

#include <reel/core/runtime/columns.h>
#include <reel/core/runtime/joined.h>
#include <reel/core/tape.h>
#include <reel/layers/functions/constraints.h>

namespace reel {
namespace {

std::string position(Index element, const Shape& shape) {
  return fmt::format("({})", detail::joined(position_of(element, shape)));
}

// The first element that is no finite number, in words.
std::optional<std::string> not_finite(const Tensor& w) {
  return dispatch(w.dtype(), [&](auto zero) -> std::optional<std::string> {
    const auto values = w.span<decltype(zero)>();
    const auto found = std::find_if(values.begin(), values.end(),
                                    [](auto value) { return !std::isfinite(value); });
    if (found == values.end()) return std::nullopt;
    return fmt::format("element {} is {}", position(found - values.begin(), w.shape()), *found);
  });
}

// The first element that is not as wanted, in words.
std::optional<std::string> difference(const Tensor& w, const Tensor& wanted) {
  const double tolerance = detail::projection_tolerance(w.dtype());
  return dispatch(w.dtype(), [&](auto zero) -> std::optional<std::string> {
    const auto* from = w.data<decltype(zero)>();
    const auto* to = wanted.data<decltype(zero)>();
    for (Index i = 0; i < w.size(); ++i)
      if (!(std::abs(to[i] - from[i]) <= tolerance * std::abs(from[i])))
        return fmt::format("element {} is {}, must be {}", position(i, w.shape()), from[i], to[i]);
    return std::nullopt;
  });
}

// What the constraint makes of the variable.
Tensor projected(const Constraint& constraint, const Variable& variable) {
  const Tensor projected = constraint(variable);
  if (projected.shape() != variable.shape() || projected.dtype() != variable.dtype())
    throw ValueError("{}: a constraint must keep shape and dtype, {} {}; got {} {}",
                     variable.name(), variable.shape(), variable.dtype(), projected.shape(),
                     projected.dtype());
  return projected;
}

// Numbers first: what is not finite is outside every set. Then the set, as the constraint knows it.
ConstraintCheck check(const Constraint& constraint, const Variable& variable) {
  const Tensor& w = variable.stored();
  ConstraintCheck result{.variable = variable.name(),
                         .constraint = constraint.name().empty() ? "a function" : constraint.name(),
                         .inside = true,
                         .state = "inside"};
  const auto* known = constraint.target<detail::Projection>();
  const double rate = known ? known->rate : 1.0;
  const bool own_look = known && known->inside;
  if (const auto element = not_finite(w)) {
    result.inside = false;
    result.state = "outside: " + *element;
  } else if (const auto change = difference(
                 w, own_look ? known->inside(variable) : projected(constraint, variable))) {
    result.inside = rate < 1;
    result.state = rate < 1 ? fmt::format("on its way at rate {}", rate) : "outside: " + *change;
  } else if (const Index n = known && known->zero_vectors ? known->zero_vectors(variable) : 0) {
    result.state = fmt::format("inside but for {} zero vector{}", n, n == 1 ? "" : "s");
  }
  return result;
}

}  // namespace

ConstraintReport check_constraints(ListOf<Variable> variables) {
  const PauseRecording pause;
  ConstraintReport report;
  for (const Variable& variable : variables)
    if (variable.constraint())
      report.checks.push_back(
          check(resolve(variable.constraint(), variable.name() + ": constraint"), variable));
  return report;
}

ConstraintReport::operator bool() const {
  return std::all_of(checks.begin(), checks.end(),
                     [](const ConstraintCheck& check) { return check.inside; });
}

std::string ConstraintReport::str() const {
  std::vector<std::vector<std::string>> rows{{"variable", "constraint", "state"}};
  for (const ConstraintCheck& check : checks)
    rows.push_back({check.variable, check.constraint, check.state});
  const auto outside = std::count_if(checks.begin(), checks.end(),
                                     [](const ConstraintCheck& check) { return !check.inside; });
  return detail::in_columns(rows) +
         fmt::format("{} constrained, {} outside\n", checks.size(), outside);
}

std::ostream& operator<<(std::ostream& out, const ConstraintReport& report) {
  return out << report.str();
}

}  // namespace reel
