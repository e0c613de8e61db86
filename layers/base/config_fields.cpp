#include <reel/layers/base/config_fields.h>

namespace reel::detail {

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
  return std::pair(*name->get<std::string>(), *parameters);
}

bool is_default(const Activation& activation) {
  try {
    return activation == resolve(Activation(activation.name()), "");
  } catch (const Error&) {  // a name that is not the library's
    return false;
  }
}

template struct ConfigField<Activation>;
template struct ConfigField<Constraint>;
template struct ConfigField<Initializer>;
template struct ConfigField<Regularizer>;

}  // namespace reel::detail
