// Out of a config: one reader, and for each type how it stands in one.
//
// `ConfigTraits<T>` says for a type how its value is made from an entry (`from`) and, where that is
// not simply the value itself, how it is written (`to`). The reader takes entries by name,
// remembers which ones were asked for, and `finish` refuses the others, so that a misspelt name
// never passes silently. Layers, optimizers and named functions (lookup.h) read with it; only the
// words of their errors differ. None stands for the default wherever a type does not take it as a
// value. Read before: config.h. Read next: config_fields.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/core/ops/window_options.h>
#include <reel/core/runtime/config.h>
#include <reel/core/shape.h>

namespace reel::detail {

struct ConfigEntry;

/// How a T stands in a config: as a ConfigValue of its own kind, unless a specialisation says more.
template <class T>
struct ConfigTraits {
  static ConfigValue to(const T& value) { return value; }
  static T from(const ConfigEntry& entry);
};

/// Whether none stands for the default.
template <class T>
inline constexpr bool none_is_default = std::is_same_v<T, double> || std::is_same_v<T, std::string>;

class ConfigReader {
 public:
  /// Reads what `owner` is made with, or the parameters of a named function that stands there.
  /// `ignored` names may be there and mean nothing.
  ConfigReader(const Config& config, std::string owner, std::vector<std::string> ignored = {},
               std::string function = {});

  /// The entry of that name as a T; `fallback` when there is none.
  template <class T>
  T take(const char* name, T fallback = {}) {
    know(name);
    const ConfigValue* given = config_.find(name);
    if (!given) return fallback;
    if (none_is_default<T> && given->is_none()) return fallback;
    return ConfigTraits<T>::from({*this, name, *given});
  }
  /// As a visitor of fields: an entry that is there replaces the value.
  template <class T>
  void operator()(const char* name, T& value) {
    value = take(name, std::move(value));
  }

  /// Throws an E that says what the entry must be; of a function's parameter always a ValueError.
  template <class E = TypeError>
  [[noreturn]] void refuse(const char* name, const char* wanted) const {
    const std::string text = complaint(name, wanted);
    if (!function_.empty()) throw ValueError("{}", text);
    throw E("{}", text);
  }

  /// Counts a name as asked for.
  void know(const char* name) { known_.emplace_back(name); }
  /// TypeError for an entry that nobody asked for.
  void finish() const;

 private:
  std::string complaint(const char* name, const char* wanted) const;

  const Config& config_;
  std::string owner_;
  std::vector<std::string> known_;
  std::string function_;  // whose parameters are read, if they are a function's
};

/// An entry while it is read.
struct ConfigEntry {
  const ConfigReader& reader;
  const char* name;
  const ConfigValue& value;

  /// ConfigReader::refuse.
  template <class E = TypeError>
  [[noreturn]] void refuse(const char* wanted) const {
    reader.refuse<E>(name, wanted);
  }
};

template <class T>
T ConfigTraits<T>::from(const ConfigEntry& entry) {
  if (const T* value = entry.value.get<T>()) return *value;
  entry.refuse(std::is_same_v<T, bool>    ? "true or false"
               : std::is_same_v<T, Index> ? "an integer"
                                          : "a string");
}

// clang-format off
template <> int ConfigTraits<int>::from(const ConfigEntry& entry);
template <> std::uint64_t ConfigTraits<std::uint64_t>::from(const ConfigEntry& entry);
template <> double ConfigTraits<double>::from(const ConfigEntry& entry);
// Numbers, and axes; or one alone.
template <> std::vector<double> ConfigTraits<std::vector<double>>::from(const ConfigEntry& entry);
template <> std::vector<int> ConfigTraits<std::vector<int>>::from(const ConfigEntry& entry);
// clang-format on

template <>
struct ConfigTraits<Pair> {
  static ConfigValue to(const Pair& pair) { return ConfigValue::List{pair.rows, pair.columns}; }
  static Pair from(const ConfigEntry& entry);
};
template <>
struct ConfigTraits<Padding> {
  static ConfigValue to(const Padding& padding) { return padding.name(); }
  static Padding from(const ConfigEntry& entry);
};
template <>
struct ConfigTraits<DataFormat> {
  static ConfigValue to(const DataFormat& data_format) { return data_format.name(); }
  static DataFormat from(const ConfigEntry& entry);
};
template <>
struct ConfigTraits<DType> {
  static ConfigValue to(DType dtype) { return std::string(name_of(dtype)); }
  static DType from(const ConfigEntry& entry);
};
template <>
struct ConfigTraits<Shape> {
  static ConfigValue to(const Shape& shape) {
    return std::vector<Index>(shape.begin(), shape.end());
  }
  static Shape from(const ConfigEntry& entry);
};

template <class T>
struct ConfigTraits<std::optional<T>> {
  static ConfigValue to(const std::optional<T>& value) {
    return value ? ConfigTraits<T>::to(*value) : ConfigValue();
  }
  static std::optional<T> from(const ConfigEntry& entry) {
    if (entry.value.is_none()) return std::nullopt;
    if constexpr (std::is_same_v<T, bool>)
      if (!entry.value.get<bool>()) entry.refuse("true, false or none");
    return ConfigTraits<T>::from(entry);
  }
};

}  // namespace reel::detail
