#include <reel/core/runtime/config.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <ostream>

namespace reel {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Config& config);

Json to_json(const ConfigValue& value) {
  if (const auto* flag = value.get<bool>()) return *flag;
  if (const auto* integer = value.get<Index>()) return *integer;
  if (const auto* number = value.get<double>()) return *number;
  if (const auto* text = value.get<std::string>()) return *text;
  if (const auto* config = value.get<Config>()) return to_json(*config);
  if (const auto* list = value.get<ConfigValue::List>()) {
    Json items = Json::array();
    for (const ConfigValue& item : *list) items.push_back(to_json(item));
    return items;
  }
  return nullptr;
}

Json to_json(const Config& config) {
  Json object = Json::object();
  for (const auto& [name, value] : config.entries()) object[name] = to_json(value);
  return object;
}

// Each level of a config takes some of the stack, here and wherever it is copied or printed.
void check_depth(int depth) {
  constexpr int most = 100;
  if (depth > most) throw ValueError("config: JSON must be nested at most {} deep", most);
}

Config config_from(const Json& object, int depth);

ConfigValue value_from(const Json& json, int depth) {
  if (json.is_boolean()) return json.get<bool>();
  const bool is_large = json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX;
  if (json.is_number_integer() && !is_large) return json.get<Index>();
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_object()) return config_from(json, depth + 1);
  if (!json.is_array()) return nullptr;
  check_depth(depth + 1);
  ConfigValue::List list;
  for (const Json& item : json) list.push_back(value_from(item, depth + 1));
  return list;
}

Config config_from(const Json& object, int depth) {
  check_depth(depth);
  Config config;
  for (const auto& [name, value] : object.items()) config.set(name, value_from(value, depth));
  return config;
}

}  // namespace

ConfigValue::ConfigValue(List list) : value_(std::move(list)) {}
ConfigValue::ConfigValue(Config config)
    : value_(std::make_shared<const Config>(std::move(config))) {}

const Config* ConfigValue::config() const {
  const Nested* nested = std::get_if<Nested>(&value_);
  return nested ? nested->get() : nullptr;
}

bool operator==(const ConfigValue& a, const ConfigValue& b) {
  const Config *nested_a = a.config(), *nested_b = b.config();
  if (nested_a && nested_b) return *nested_a == *nested_b;
  const auto is = [&](Index integer, const double* number) {
    return number && *number == static_cast<double>(integer);
  };
  if (const Index* integer = a.get<Index>(); integer && is(*integer, b.get<double>())) return true;
  if (const Index* integer = b.get<Index>(); integer && is(*integer, a.get<double>())) return true;
  return a.value_ == b.value_;
}
bool operator==(const Config& a, const Config& b) { return a.entries_ == b.entries_; }

Config::Config(std::initializer_list<Entry> entries) {
  for (const auto& [name, value] : entries) set(name, value);
}

void Config::set(const std::string& name, ConfigValue value) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.first == name; });
  if (found != entries_.end())
    found->second = std::move(value);
  else
    entries_.emplace_back(name, std::move(value));
}

const ConfigValue* Config::find(const std::string& name) const {
  for (const auto& [entry, value] : entries_)
    if (entry == name) return &value;
  return nullptr;
}

const ConfigValue& Config::operator[](const std::string& name) const {
  const ConfigValue* value = find(name);
  if (!value) throw ValueError("config: there must be an entry '{}'; got {}", name, json());
  return *value;
}

std::string Config::json(int indent) const {
  // A name may hold any bytes; those that are no UTF-8 are shown as such.
  return to_json(*this).dump(indent, ' ', false, Json::error_handler_t::replace);
}

Config Config::from_json(const std::string& text) {
  // The parser would stop at a zero byte.
  const Json json = Json::parse(text.find('\0') == text.npos ? text : "", nullptr, false);
  if (!json.is_object())
    throw ValueError("config: the text must be a JSON object; got '{}'", text.substr(0, 50));
  return config_from(json, 1);
}

std::ostream& operator<<(std::ostream& out, const Config& config) { return out << config.str(); }

}  // namespace reel
