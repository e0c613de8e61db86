#include <reel/layers/functions/lookup.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace reel::detail {

ParameterReader::ParameterReader(std::string where, std::string name, Parameters parameters)
    : where_(std::move(where)), name_(std::move(name)), left_(std::move(parameters)) {}

// The value of a parameter, which then counts as read; null when it did not come.
const ParameterValue* ParameterReader::take(const char* parameter) {
  for (auto& [name, value] : left_)
    if (name == parameter) {
      name.clear();
      return &value;
    }
  return nullptr;
}

void ParameterReader::refuse(const char* parameter, const char* wanted) const {
  throw ValueError("parameter '{}' of '{}' must be {}", parameter, name_, wanted);
}

std::optional<double> ParameterReader::optional_number(const char* parameter) {
  const ParameterValue* value = take(parameter);
  if (!value || std::holds_alternative<std::monostate>(*value)) return std::nullopt;
  if (const double* number = std::get_if<double>(value)) return *number;
  refuse(parameter, "a number");
}

double ParameterReader::number(const char* parameter, double fallback, double for_none) {
  const bool came = std::any_of(left_.begin(), left_.end(),
                                [&](const auto& entry) { return entry.first == parameter; });
  return optional_number(parameter).value_or(came ? for_none : fallback);
}

bool ParameterReader::flag(const char* parameter, bool fallback) {
  const ParameterValue* value = take(parameter);
  if (!value) return fallback;
  if (const bool* flag = std::get_if<bool>(value)) return *flag;
  refuse(parameter, "true or false");
}

std::optional<std::string> ParameterReader::optional_text(const char* parameter) {
  for (const auto& [name, value] : left_)
    if (name == parameter && std::holds_alternative<std::string>(value))
      return std::get<std::string>(*take(parameter));
  return std::nullopt;
}

std::string ParameterReader::text(const char* parameter, const char* fallback) {
  const ParameterValue* value = take(parameter);
  if (!value) return fallback;
  if (const std::string* text = std::get_if<std::string>(value)) return *text;
  refuse(parameter, "a string");
}

std::vector<double> ParameterReader::list(const char* parameter, std::vector<double> fallback) {
  const ParameterValue* value = take(parameter);
  if (!value) return fallback;
  if (const double* number = std::get_if<double>(value)) return {*number};
  if (const auto* numbers = std::get_if<std::vector<double>>(value)) return *numbers;
  if (const auto* integers = std::get_if<std::vector<Index>>(value))
    return {integers->begin(), integers->end()};
  refuse(parameter, "a number or a list of numbers");
}

std::vector<int> ParameterReader::axes(const char* parameter, std::vector<int> fallback) {
  std::vector<int> axes;
  for (double axis : list(parameter, {fallback.begin(), fallback.end()})) {
    if (axis != std::trunc(axis) || std::abs(axis) > Shape::max_rank)
      refuse(parameter, "an axis or a list of axes");
    axes.push_back(static_cast<int>(axis));
  }
  return axes;
}

int ParameterReader::axis(const char* parameter, int fallback) {
  const std::vector<int> only = axes(parameter, {fallback});
  if (only.size() != 1) refuse(parameter, "an axis");
  return only.front();
}

void ParameterReader::finish() const {
  for (const auto& [name, value] : left_)
    if (!name.empty()) throw TypeError("{}: '{}' has no parameter '{}'", where_, name_, name);
}

void throw_unknown(const char* kind, const std::string& where, const std::string& name,
                   const std::vector<const char*>& known) {
  throw ValueError("{}: Unknown {}: '{}'; known are {}; a function can be given instead", where,
                   kind, name, fmt::join(known, ", "));
}

}  // namespace reel::detail
