// JSON as it is written: an object or a list under way, which knows whether a comma is due.
//
// Numbers have the fewest digits that give the same float or double again, which a config, which
// knows doubles only, does not give; what is "none" is left out. Internal: for trace_json.cpp.
// Read before: config.h. Read next: trace_json.cpp.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <string>
#include <string_view>

#include <reel/core/runtime/config.h>

namespace reel::detail {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& text) : text_(text) {}

  JsonWriter& open(char bracket) {
    text_ += bracket;
    first_ = true;
    return *this;
  }
  JsonWriter& close(char bracket) {
    text_ += bracket;
    first_ = false;
    return *this;
  }
  // Before each item of a list, and before what `key` announces.
  JsonWriter& item() {
    if (!first_) text_ += ',';
    first_ = false;
    return *this;
  }
  JsonWriter& line() {
    item();
    text_ += '\n';
    return *this;
  }
  JsonWriter& key(std::string_view name, const char* before = "") {
    item();
    text_ += before;
    fmt::format_to(std::back_inserter(text_), "\"{}\":", name);
    return *this;
  }
  template <class T>
  void number(T x) {
    if (std::isnan(static_cast<double>(x)))
      text_ += "\"nan\"";
    else if (std::isinf(static_cast<double>(x)))
      text_ += x > 0 ? "\"inf\"" : "\"-inf\"";
    else if (std::signbit(static_cast<double>(x)) && x == 0)
      text_ += "-0.0";  // "-0" would be an integer to many a reader, and lose its sign
    else
      fmt::format_to(std::back_inserter(text_), "{}", x);
  }
  void text(std::string_view text) { text_ += ConfigValue(std::string(text)).str(); }
  void raw(std::string_view json) { text_ += json; }
  /// Numbers that JSON has not are their names, as above.
  void config(const Config& config) { text_ += named_numbers(config).json(); }
  void value(const ConfigValue& value) { text_ += named_numbers(value).str(); }

  void index(std::string_view name, int i) {
    if (i >= 0) key(name).number(i);
  }
  void named(std::string_view name, std::string_view value) {
    if (!value.empty()) key(name).text(value);
  }
  template <class Numbers>
  void numbers(std::string_view name, const Numbers& of) {
    key(name).open('[');
    for (const auto x : of) item().number(x);
    close(']');
  }
  void nanoseconds(std::string_view name, double seconds) {
    key(name).number(std::llround(seconds * 1e9));
  }

 private:
  static ConfigValue named_numbers(const ConfigValue& value) {
    if (const auto* x = value.get<double>(); x && std::isnan(*x)) return "nan";
    if (const auto* x = value.get<double>(); x && std::isinf(*x)) return *x > 0 ? "inf" : "-inf";
    if (const auto* config = value.get<Config>()) return named_numbers(*config);
    const auto* list = value.get<ConfigValue::List>();
    if (!list) return value;
    ConfigValue::List named;
    for (const ConfigValue& item : *list) named.push_back(named_numbers(item));
    return named;
  }
  static Config named_numbers(const Config& config) {
    Config named;
    for (const auto& [name, value] : config.entries()) named.set(name, named_numbers(value));
    return named;
  }

  std::string& text_;
  bool first_ = true;
};

}  // namespace reel::detail
