#include <reel/layers/base/config_reader.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace reel::detail {

ConfigReader::ConfigReader(const Config& config, std::string owner,
                           std::vector<std::string> ignored, std::string function)
    : config_(config),
      owner_(std::move(owner)),
      known_(std::move(ignored)),
      function_(std::move(function)) {}

std::string ConfigReader::complaint(const char* name, const char* wanted) const {
  if (!function_.empty())
    return fmt::format("parameter '{}' of '{}' must be {}", name, function_, wanted);
  return fmt::format("{}: config entry {} must be {}; got {}", owner_, name, wanted,
                     Config{{name, config_[name]}}.json());
}

void ConfigReader::know(const char* name) { known_.emplace_back(name); }

const ConfigValue* ConfigReader::find(const char* name) {
  know(name);
  return config_.find(name);
}

void ConfigReader::finish() const {
  for (const auto& [name, value] : config_.entries()) {
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    if (!function_.empty())
      throw TypeError("{}: '{}' has no parameter '{}'", owner_, function_, name);
    throw TypeError("{}: a config must only have entries that are arguments; got '{}'", owner_,
                    name);
  }
}

// --- types -------------------------------------------------------------------------------------

namespace {

std::optional<double> number_in(const ConfigValue& value) {
  if (const double* number = value.get<double>()) return *number;
  if (const Index* integer = value.get<Index>()) return static_cast<double>(*integer);
  return std::nullopt;
}

// The items of a list, or the one value.
ConfigValue::List items_of(const ConfigValue& value) {
  const auto* list = value.get<ConfigValue::List>();
  return list ? *list : ConfigValue::List{value};
}

}  // namespace

template <>
int ConfigTraits<int>::from(const ConfigEntry& entry) {
  // An axis may come as a list of one, as the reference writes that of a batch normalization.
  if (const auto* list = entry.value.get<ConfigValue::List>(); list && list->size() == 1)
    return from({entry.reader, entry.name, list->front()});
  const Index integer = ConfigTraits<Index>::from(entry);
  if (!std::in_range<int>(integer)) entry.refuse<ValueError>("an integer below 2^31");
  return static_cast<int>(integer);
}

template <>
std::uint64_t ConfigTraits<std::uint64_t>::from(const ConfigEntry& entry) {
  return static_cast<std::uint64_t>(ConfigTraits<Index>::from(entry));
}

template <>
double ConfigTraits<double>::from(const ConfigEntry& entry) {
  if (const std::optional<double> number = number_in(entry.value)) return *number;
  entry.refuse("a number");
}

template <>
std::vector<double> ConfigTraits<std::vector<double>>::from(const ConfigEntry& entry) {
  std::vector<double> numbers;
  for (const ConfigValue& item : items_of(entry.value)) {
    const std::optional<double> number = number_in(item);
    if (!number) entry.refuse("a number or a list of numbers");
    numbers.push_back(*number);
  }
  return numbers;
}

template <>
std::vector<int> ConfigTraits<std::vector<int>>::from(const ConfigEntry& entry) {
  std::vector<int> axes;
  for (double axis : ConfigTraits<std::vector<double>>::from(entry)) {
    if (axis != std::trunc(axis) || std::abs(axis) > Shape::max_rank)
      entry.refuse("an axis or a list of axes");
    axes.push_back(static_cast<int>(axis));
  }
  return axes;
}

Pair ConfigTraits<Pair>::from(const ConfigEntry& entry) {
  const ConfigValue::List numbers = items_of(entry.value);
  const auto is_small = [](const ConfigValue& number) {
    return number.get<Index>() && std::in_range<int>(*number.get<Index>());
  };
  const bool fits = (numbers.size() == 1 || numbers.size() == 2) && is_small(numbers.front()) &&
                    is_small(numbers.back());
  if (!fits) entry.refuse<ValueError>("an integer or two");
  return Pair(static_cast<int>(*numbers.front().get<Index>()),
              static_cast<int>(*numbers.back().get<Index>()));
}

Padding ConfigTraits<Padding>::from(const ConfigEntry& entry) {
  return Padding(ConfigTraits<std::string>::from(entry));
}

DataFormat ConfigTraits<DataFormat>::from(const ConfigEntry& entry) {
  if (entry.value.is_none()) return DataFormat(nullptr);
  return DataFormat(ConfigTraits<std::string>::from(entry));
}

DType ConfigTraits<DType>::from(const ConfigEntry& entry) {
  const std::string name = ConfigTraits<std::string>::from(entry);
  for (DType dtype : {float32, float64})
    if (name == name_of(dtype)) return dtype;
  entry.refuse("\"float32\" or \"float64\"");
}

Shape ConfigTraits<Shape>::from(const ConfigEntry& entry) {
  std::vector<Index> extents;
  for (const ConfigValue& item : items_of(entry.value))
    extents.push_back(item.is_none() ? Shape::unknown
                                     : ConfigTraits<Index>::from({entry.reader, entry.name, item}));
  return Shape(extents);
}

// --- fields ------------------------------------------------------------------------------------

void refuse_unnamed(const std::string& path, const char* name) {
  throw ValueError(
      "{}: {} must have a name to stand in a config; it is a function without one; name it or use "
      "a factory",
      path, name);
}

template struct ConfigField<bool>;
template struct ConfigField<int>;
template struct ConfigField<Index>;
template struct ConfigField<double>;
template struct ConfigField<std::string>;
template struct ConfigField<Pair>;
template struct ConfigField<Padding>;
template struct ConfigField<DataFormat>;
template struct ConfigField<std::optional<double>>;
template struct ConfigField<std::optional<DType>>;
template struct ConfigField<std::optional<Shape>>;

}  // namespace reel::detail
