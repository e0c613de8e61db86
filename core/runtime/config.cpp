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
  auto& entries = object.get_ref<Json::object_t&>();  // by names it would search for each
  for (const auto& [name, value] : config.entries()) entries.push_back({name, to_json(value)});
  return object;
}

}  // namespace

ConfigValue::ConfigValue(const ConfigValue&) = default;
ConfigValue::ConfigValue(ConfigValue&&) noexcept = default;
ConfigValue& ConfigValue::operator=(const ConfigValue&) = default;
ConfigValue& ConfigValue::operator=(ConfigValue&&) noexcept = default;
ConfigValue::~ConfigValue() = default;
ConfigValue::ConfigValue(const char* text) : value_(std::string(text)) {}
ConfigValue::ConfigValue(std::string text) : value_(std::move(text)) {}
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

Config::Config() = default;
Config::Config(const Config&) = default;
Config::Config(Config&&) noexcept = default;
Config& Config::operator=(const Config&) = default;
Config& Config::operator=(Config&&) noexcept = default;
Config::~Config() = default;
Config::Config(std::initializer_list<Entry> entries) {
  for (const auto& [name, value] : entries) set(name, value);
}

void Config::set(const std::string& name, ConfigValue value) {
  if (const ConfigValue* found = find(name))
    const_cast<ConfigValue&>(*found) = std::move(value);
  else
    append(name, std::move(value));
}

// A few names are compared faster than looked up. Entries are never taken out, so places stay.
constexpr std::size_t a_few = 32;

void Config::append(std::string name, ConfigValue value) {
  entries_.push_back({std::move(name), std::move(value)});
  if (entries_.size() <= a_few) return;
  if (entries_.size() == a_few + 1) places_.clear();
  for (std::size_t i = places_.size(); i < entries_.size(); ++i)
    places_.emplace(entries_[i].name, i);
}

const ConfigValue* Config::find(const std::string& name) const {
  if (entries_.size() > a_few) {
    const auto found = places_.find(name);
    return found == places_.end() ? nullptr : &entries_[found->second].value;
  }
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

// Puts a config together as the parser comes to its values, so that the time is that of reading.
// Each level takes some of the stack wherever a config is copied or printed: hence the limit.
class ConfigParser : public nlohmann::json_sax<Json> {
 public:
  Config config;

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override {
    return value > INT64_MAX ? add(static_cast<double>(value)) : add(value);
  }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(false); }
  bool start_array(std::size_t) override { return open(true); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) override {
    return false;
  }
  bool key(string_t& name) override {
    Level& level = open_.back();
    if (level.config.contains(name))
      throw ValueError("config: an entry must be named once in a JSON object; '{}' is repeated",
                       name);
    level.name = std::move(name);
    return true;
  }

 private:
  struct Level {
    bool is_list;
    ConfigValue::List list = {};
    Config config = {};
    std::string name = {};  // of the next entry
  };

  bool open(bool is_list) {
    constexpr std::size_t most = 100;
    if (open_.size() == most) throw ValueError("config: JSON must be nested at most {} deep", most);
    open_.push_back({is_list});
    return true;
  }

  // False for what is no entry of an object, which the text must be.
  bool add(ConfigValue value) {
    if (open_.empty()) return false;
    Level& level = open_.back();
    if (level.is_list)
      level.list.push_back(std::move(value));
    else
      level.config.append(std::move(level.name), std::move(value));
    return true;
  }

  bool close() {
    Level level = std::move(open_.back());
    open_.pop_back();
    if (level.is_list) return add(std::move(level.list));
    if (!open_.empty()) return add(std::move(level.config));
    config = std::move(level.config);
    return true;
  }

  std::vector<Level> open_;
};

Config Config::from_json(const std::string& text) {
  ConfigParser parser;
  const bool has_zero = text.find('\0') != text.npos;  // where the parser would stop
  if (has_zero || !Json::sax_parse(text, &parser))
    throw ValueError("config: the text must be a JSON object; got '{}'", text.substr(0, 50));
  return std::move(parser.config);
}

std::string ConfigValue::str() const {
  return to_json(*this).dump(2, ' ', false, Json::error_handler_t::replace);
}

std::ostream& operator<<(std::ostream& out, const Config& config) { return out << config.str(); }
std::ostream& operator<<(std::ostream& out, const ConfigValue& value) { return out << value.str(); }

}  // namespace reel
