// Config: what something was made with, as names and values that can be printed and read again.
//
// A config is a small ordered map; its values are none, bool, integer, number, string, a list of
// values or a config. The parameters of a named function are one, and so is what a layer or an
// optimizer was given: one kind of value, one reader (config_reader.h). It holds copies, so
// changing it changes nothing else. Decision: it stands below the engine, because the functions
// that a variable carries have parameters; nlohmann-json stays inside config.cpp.
// Read before: dtype.h. Read next: named_function.h, config_reader.h.
#pragma once

#include <concepts>
#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <reel/core/dtype.h>
#include <reel/core/error.h>

namespace reel {

class Config;

/// One value of a config.
class ConfigValue {
 public:
  using List = std::vector<ConfigValue>;

  ConfigValue() = default;
  // Out of line, here and below: whoever has options copies and destroys values.
  ConfigValue(const ConfigValue& other);
  ConfigValue(ConfigValue&& other) noexcept;
  ConfigValue& operator=(const ConfigValue& other);
  ConfigValue& operator=(ConfigValue&& other) noexcept;
  ~ConfigValue();
  ConfigValue(std::nullptr_t) {}
  ConfigValue(bool flag) : value_(flag) {}
  template <std::integral Integer>
  ConfigValue(Integer number) : value_(static_cast<Index>(number)) {}
  template <std::floating_point Number>
  ConfigValue(Number number) : value_(static_cast<double>(number)) {}
  ConfigValue(const char* text);
  ConfigValue(std::string text);
  ConfigValue(List list);
  template <class Item>
  requires std::is_arithmetic_v<Item> ConfigValue(const std::vector<Item>& items)
      : ConfigValue(List(items.begin(), items.end())) {}
  ConfigValue(Config config);

  bool is_none() const { return std::holds_alternative<std::monostate>(value_); }
  /// The value as a T, or null when it is of another kind. T is bool, Index, double, std::string,
  /// List or Config.
  template <class T>
  const T* get() const {
    if constexpr (std::is_same_v<T, Config>)
      return config();
    else
      return std::get_if<T>(&value_);
  }
  /// As JSON, nested lists and configs in lines; none is null.
  std::string str() const;
  /// 2 and 2.0 are the same number.
  friend bool operator==(const ConfigValue& a, const ConfigValue& b);
  // Found for a ConfigValue only, not for all that becomes one.
  friend std::ostream& operator<<(std::ostream& out, const ConfigValue& value);

 private:
  const Config* config() const;
  // A pointer, because Config is not complete yet; shared copies are fine where nothing changes.
  using Nested = std::shared_ptr<const Config>;
  std::variant<std::monostate, bool, Index, double, std::string, List, Nested> value_;
};

class Config {
 public:
  struct Entry {
    std::string name;
    ConfigValue value;
    friend bool operator==(const Entry& a, const Entry& b) = default;
  };

  Config();
  Config(const Config& other);
  Config(Config&& other) noexcept;
  Config& operator=(const Config& other);
  Config& operator=(Config&& other) noexcept;
  ~Config();
  Config(std::initializer_list<Entry> entries);

  /// Sets a value; a new name goes to the end.
  void set(const std::string& name, ConfigValue value);
  bool contains(const std::string& name) const { return find(name) != nullptr; }
  /// The value of that name. ValueError when there is none.
  const ConfigValue& operator[](const std::string& name) const;
  const ConfigValue* find(const std::string& name) const;
  const std::vector<Entry>& entries() const { return entries_; }

  /// As JSON text, indented by `indent` blanks a level; in one line when negative.
  std::string json(int indent = -1) const;
  /// As it prints: JSON in lines.
  std::string str() const { return json(2); }
  /// From JSON text. ValueError when it is not an object in JSON, or nested more than 100 deep, or
  /// names an entry twice.
  static Config from_json(const std::string& text);

  friend bool operator==(const Config& a, const Config& b);

 private:
  friend class ConfigParser;  // config.cpp
  void append(std::string name, ConfigValue value);
  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> places_;  // of the names, once there are many
};

std::ostream& operator<<(std::ostream& out, const Config& config);

}  // namespace reel

template <>
struct fmt::formatter<reel::Config> : reel::detail::StrFormatter<reel::Config> {};
template <>
struct fmt::formatter<reel::ConfigValue> : reel::detail::StrFormatter<reel::ConfigValue> {};
