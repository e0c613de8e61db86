#include <reel/layers/reports/constraint_check.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <ostream>
#include <variant>

#include <reel/core/tape.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/norms.h>

namespace reel {
namespace {

const ParameterValue* parameter_of(const Constraint& constraint, const char* name) {
  for (const auto& [key, value] : constraint.parameters())
    if (key == name) return &value;
  return nullptr;
}

double number_of(const Constraint& constraint, const char* name, double fallback) {
  const ParameterValue* value = parameter_of(constraint, name);
  const double* number = value ? std::get_if<double>(value) : nullptr;
  return number ? *number : fallback;
}

NormAxes axes_of(const Constraint& constraint) {
  const ParameterValue* axes = parameter_of(constraint, "axis");
  if (!axes) return 0;
  if (const auto* rule = std::get_if<std::string>(axes))
    return *rule == "per_channel" ? per_channel() : per_filter();
  const auto& list = std::get<std::vector<Index>>(*axes);
  return std::vector<int>(list.begin(), list.end());
}

// Vectors that should have a length and have none.
Index zero_vectors(const Constraint& constraint, const Variable& variable) {
  const bool has_length =
      constraint.name() == "unit_norm" ||
      (constraint.name() == "min_max_norm" && number_of(constraint, "min_value", 0.0) > 0);
  if (!has_length) return 0;
  const auto norms = detail::norms(variable.stored(), axes_of(constraint).mask("check", variable));
  return std::count(norms.begin(), norms.end(), 0.0);
}

// What the variable would be if it were inside its set.
Tensor wanted(const Constraint& constraint, const Variable& variable) {
  const Tensor projected = constraint(variable);
  if (projected.shape() != variable.shape() || projected.dtype() != variable.dtype())
    throw ValueError("{}: a constraint must keep shape and dtype, {} {}; got {} {}",
                     variable.name(), variable.shape(), variable.dtype(), projected.shape(),
                     projected.dtype());
  return constraint.name() == "radial_constraint" ? detail::rings_of(variable.stored()) : projected;
}

std::string position(Index i, const Shape& shape) {
  std::vector<Index> at(static_cast<std::size_t>(shape.rank()));
  for (std::size_t axis = at.size(); axis-- > 0; i /= shape[static_cast<int>(axis)])
    at[axis] = i % shape[static_cast<int>(axis)];
  return fmt::format("({})", fmt::join(at, ", "));
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

ConstraintCheck check(const Constraint& constraint, const Variable& variable) {
  const Tensor& w = variable.stored();
  ConstraintCheck result{.variable = variable.name(),
                         .constraint = constraint.name().empty() ? "a function" : constraint.name(),
                         .inside = true,
                         .state = "inside"};
  const double rate = number_of(constraint, "rate", 1.0);
  if (const auto element = not_finite(w)) {
    result.inside = false;
    result.state = "outside: " + *element;
  } else if (const auto change = difference(w, wanted(constraint, variable))) {
    result.inside = rate < 1;
    result.state = rate < 1 ? fmt::format("on its way at rate {}", rate) : "outside: " + *change;
  } else if (const Index count = zero_vectors(constraint, variable); count > 0) {
    result.state = fmt::format("inside but for {} zero vector{}", count, count == 1 ? "" : "s");
  }
  return result;
}

}  // namespace

ConstraintReport check_constraints(std::span<const Variable> variables) {
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
  const ConstraintCheck head{"variable", "constraint", true, "state"};
  std::size_t name_width = head.variable.size(), constraint_width = head.constraint.size();
  for (const ConstraintCheck& check : checks) {
    name_width = std::max(name_width, check.variable.size());
    constraint_width = std::max(constraint_width, check.constraint.size());
  }
  const auto line = [&](const ConstraintCheck& check) {
    return fmt::format("{:<{}}  {:<{}}  {}\n", check.variable, name_width, check.constraint,
                       constraint_width, check.state);
  };
  std::string text = line(head);
  for (const ConstraintCheck& check : checks) text += line(check);
  const auto outside = std::count_if(checks.begin(), checks.end(),
                                     [](const ConstraintCheck& check) { return !check.inside; });
  return text + fmt::format("{} constrained, {} outside\n", checks.size(), outside);
}

std::ostream& operator<<(std::ostream& out, const ConstraintReport& report) {
  return out << report.str();
}

}  // namespace reel
