#include <reel/layers/base/config_fields.h>

#include <algorithm>

namespace reel::detail {

ConfigValue function_value(const std::string& name, const Config& parameters) {
  if (name.empty()) return {};
  if (parameters.entries().empty()) return name;
  return Config{{"class_name", name}, {"config", parameters}};
}

namespace {

// A parameter is one value, or a list of numbers.
bool is_parameter(const ConfigValue& value) {
  const auto is_number = [](const ConfigValue& item) {
    return item.get<Index>() || item.get<double>();
  };
  const auto* list = value.get<ConfigValue::List>();
  return !value.get<Config>() && (!list || std::all_of(list->begin(), list->end(), is_number));
}

}  // namespace

std::optional<std::pair<std::string, Config>> function_in(const ConfigValue& value) {
  if (value.is_none()) return std::pair(std::string(), Config());
  if (const auto* name = value.get<std::string>()) return std::pair(*name, Config());
  const Config* function = value.get<Config>();
  const ConfigValue* name = function ? function->find("class_name") : nullptr;
  if (!name || !name->get<std::string>()) return std::nullopt;
  const ConfigValue* given = function->find("config");
  if (!given) return std::pair(*name->get<std::string>(), Config());
  const Config* parameters = given->get<Config>();
  if (!parameters) return std::nullopt;
  for (const auto& [parameter, argument] : parameters->entries())
    if (!is_parameter(argument)) return std::nullopt;
  return std::pair(*name->get<std::string>(), *parameters);
}

bool is_default(const Activation& activation) {
  if (activation.name().empty()) return false;
  try {
    return activation == resolve(Activation(activation.name()), "");
  } catch (const Error&) {  // a name that is not the library's
    return false;
  }
}

void ConfigWriter::refuse(const char* name) const {
  throw ValueError(
      "{}: {} must have a name to stand in a config; it is a function without one; name it or use "
      "a factory",
      path_, name);
}

}  // namespace reel::detail
