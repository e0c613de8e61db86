#include <reel/layers/base/config_fields.h>

#include <algorithm>
#include <utility>

namespace reel::detail {
namespace {

template <class T>
ConfigValue list_of(const std::vector<T>& items) {
  ConfigValue::List list;
  for (const T& item : items) list.emplace_back(item);
  return list;
}

ConfigValue value_of(const ParameterValue& parameter) {
  using Variant = std::variant<std::monostate, bool, double, std::string, std::vector<Index>,
                               std::vector<double>>;
  return std::visit(
      [](const auto& value) -> ConfigValue {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::monostate>)
          return nullptr;
        else if constexpr (std::is_same_v<T, std::vector<Index>> ||
                           std::is_same_v<T, std::vector<double>>)
          return list_of(value);
        else
          return value;
      },
      static_cast<const Variant&>(parameter));
}

}  // namespace

// --- writing ---------------------------------------------------------------------------------

void ConfigWriter::operator()(const char* name, const Pair& value) {
  config.set(name, ConfigValue::List{value.rows, value.columns});
}

void ConfigWriter::operator()(const char* name, const Shape& value) {
  config.set(name, list_of(std::vector<Index>(value.begin(), value.end())));
}

void ConfigWriter::operator()(const char* name, const std::optional<bool>& value) {
  config.set(name, value ? ConfigValue(*value) : ConfigValue());
}

void ConfigWriter::operator()(const char* name, const std::optional<std::uint64_t>& value) {
  config.set(name, value ? ConfigValue(static_cast<Index>(*value)) : ConfigValue());
}

void ConfigWriter::operator()(const char* name, const std::optional<DType>& value) {
  config.set(name, value ? ConfigValue(std::string(name_of(*value))) : ConfigValue());
}

void ConfigWriter::operator()(const char* name, const std::optional<Shape>& value) {
  if (value) (*this)(name, *value);
}

void ConfigWriter::operator()(const char* name, const Activation& value) {
  const auto is_default = [&] {
    try {
      return value == resolve(Activation(value.name()), path_);
    } catch (const Error&) {  // a name that is not the library's
      return false;
    }
  };
  if (!value.name().empty() && is_default())
    config.set(name, value.name());
  else
    (*this)(name, static_cast<const NamedFunction<Tensor(const Tensor&)>&>(value));
}

void ConfigWriter::refuse(const char* name) const {
  throw ValueError(
      "{}: {} must have a name to stand in a config; it is a function without one; name it or use "
      "a factory",
      path_, name);
}

ConfigValue ConfigWriter::function(const std::string& name, const Parameters& parameters) {
  if (parameters.empty()) return name;
  Config values;
  for (const auto& [parameter, value] : parameters) values.set(parameter, value_of(value));
  return Config{{"class_name", name}, {"config", values}};
}

// --- reading ---------------------------------------------------------------------------------

ConfigReader::ConfigReader(const Config& config, std::string layer,
                           std::vector<std::string> ignored)
    : config_(config), layer_(std::move(layer)), known_(std::move(ignored)) {}

const ConfigValue* ConfigReader::take(const char* name) {
  know(name);
  return config_.find(name);
}

std::string ConfigReader::entry(const char* name) const {
  return Config{{name, config_[name]}}.json();
}

Index ConfigReader::integer(const char* name, const ConfigValue& value) const {
  if (const Index* number = value.get<Index>()) return *number;
  refuse(name, "an integer");
}

std::vector<Index> ConfigReader::integers(const char* name, const ConfigValue& value) const {
  const auto* list = value.get<ConfigValue::List>();
  if (!list) return {integer(name, value)};
  std::vector<Index> numbers;
  for (const ConfigValue& item : *list)
    numbers.push_back(item.is_none() ? Shape::unknown : integer(name, item));
  return numbers;
}

std::string ConfigReader::text(const char* name, const ConfigValue& value) const {
  if (const auto* text = value.get<std::string>()) return *text;
  refuse(name, "a string");
}

void ConfigReader::operator()(const char* name, bool& value) {
  const ConfigValue* given = take(name);
  if (!given) return;
  const bool* flag = given->get<bool>();
  if (!flag) refuse(name, "true or false");
  value = *flag;
}

void ConfigReader::operator()(const char* name, Index& value) {
  if (const ConfigValue* given = take(name)) value = integer(name, *given);
}

void ConfigReader::operator()(const char* name, int& value) {
  const ConfigValue* given = take(name);
  if (!given) return;
  const Index number = integer(name, *given);
  if (!std::in_range<int>(number)) refuse<ValueError>(name, "an integer below 2^31");
  value = static_cast<int>(number);
}

void ConfigReader::operator()(const char* name, double& value) {
  const ConfigValue* given = take(name);
  if (!given) return;
  const double* number = given->get<double>();
  value = number ? *number : static_cast<double>(integer(name, *given));
}

void ConfigReader::operator()(const char* name, std::string& value) {
  const ConfigValue* given = take(name);
  if (given && !given->is_none()) value = text(name, *given);
}

void ConfigReader::operator()(const char* name, Pair& value) {
  const ConfigValue* given = take(name);
  if (!given) return;
  const auto* list = given->get<ConfigValue::List>();
  const ConfigValue::List numbers = list ? *list : ConfigValue::List{*given};
  const auto is_small = [](const ConfigValue& number) {
    return number.get<Index>() && std::in_range<int>(*number.get<Index>());
  };
  const bool fits = (numbers.size() == 1 || numbers.size() == 2) && is_small(numbers.front()) &&
                    is_small(numbers.back());
  if (!fits) refuse<ValueError>(name, "an integer or two");
  value = Pair(static_cast<int>(*numbers.front().get<Index>()),
               static_cast<int>(*numbers.back().get<Index>()));
}

void ConfigReader::operator()(const char* name, Padding& value) {
  if (const ConfigValue* given = take(name)) value = Padding(text(name, *given));
}

void ConfigReader::operator()(const char* name, DataFormat& value) {
  if (const ConfigValue* given = take(name))
    value = given->is_none() ? DataFormat(nullptr) : DataFormat(text(name, *given));
}

void ConfigReader::operator()(const char* name, Shape& value) {
  if (const ConfigValue* given = take(name)) value = Shape(integers(name, *given));
}

void ConfigReader::operator()(const char* name, std::optional<bool>& value) {
  const ConfigValue* given = take(name);
  if (!given || given->is_none()) return;
  const bool* flag = given->get<bool>();
  if (!flag) refuse(name, "true, false or none");
  value = *flag;
}

void ConfigReader::operator()(const char* name, std::optional<std::uint64_t>& value) {
  const ConfigValue* given = take(name);
  if (given && !given->is_none()) value = static_cast<std::uint64_t>(integer(name, *given));
}

void ConfigReader::operator()(const char* name, std::optional<DType>& value) {
  const ConfigValue* given = take(name);
  if (!given || given->is_none()) return;
  const std::string dtype = text(name, *given);
  if (dtype != name_of(float32) && dtype != name_of(float64))
    refuse(name, "\"float32\" or \"float64\"");
  value = dtype == name_of(float32) ? float32 : float64;
}

void ConfigReader::operator()(const char* name, std::optional<Shape>& value) {
  const ConfigValue* given = take(name);
  if (given && !given->is_none()) value = Shape(integers(name, *given));
  if (name != std::string("input_shape")) return;
  // The reference writes the shape with the batch in front; as there, it wins.
  const ConfigValue* batch = take("batch_input_shape");
  if (!batch || batch->is_none()) return;
  const std::vector<Index> extents = integers("batch_input_shape", *batch);
  if (extents.empty()) refuse("batch_input_shape", "a batch size and the shape of one input");
  value = Shape(std::vector<Index>(extents.begin() + 1, extents.end()));
}

namespace {

std::optional<ParameterValue> parameter_of(const ConfigValue& value) {
  if (value.is_none()) return ParameterValue();
  if (const bool* flag = value.get<bool>()) return *flag;
  if (const Index* integer = value.get<Index>()) return *integer;
  if (const double* number = value.get<double>()) return *number;
  if (const auto* text = value.get<std::string>()) return *text;
  const auto* list = value.get<ConfigValue::List>();
  if (!list) return std::nullopt;
  std::vector<Index> integers;
  std::vector<double> numbers;
  for (const ConfigValue& item : *list) {
    const Index* integer = item.get<Index>();
    const double* number = item.get<double>();
    if (!integer && !number) return std::nullopt;
    if (integer) integers.push_back(*integer);
    numbers.push_back(integer ? static_cast<double>(*integer) : *number);
  }
  if (integers.size() == numbers.size()) return integers;
  return numbers;
}

}  // namespace

std::optional<ConfigReader::NamedParameters> ConfigReader::named_parameters(
    const ConfigValue& value) {
  if (value.is_none()) return NamedParameters();
  if (const auto* text = value.get<std::string>()) return NamedParameters(*text, {});
  const Config* config = value.get<Config>();
  const ConfigValue* name = config ? config->find("class_name") : nullptr;
  if (!name || !name->get<std::string>()) return std::nullopt;
  NamedParameters read(*name->get<std::string>(), {});
  const ConfigValue* values = config->find("config");
  if (!values) return read;
  if (!values->get<Config>()) return std::nullopt;
  for (const auto& [parameter, given] : values->get<Config>()->entries()) {
    std::optional<ParameterValue> found = parameter_of(given);
    if (!found) return std::nullopt;
    read.second.emplace_back(parameter, std::move(*found));
  }
  return read;
}

void ConfigReader::finish() const {
  for (const auto& [name, value] : config_.entries())
    if (std::find(known_.begin(), known_.end(), name) == known_.end())
      throw TypeError("{}: a config must only have entries that are arguments; got '{}'", layer_,
                      name);
}

}  // namespace reel::detail
