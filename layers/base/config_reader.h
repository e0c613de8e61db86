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
class ConfigReader;

/// How a T stands in a config: as a ConfigValue of its own kind, unless a specialisation says more.
template <class T>
struct ConfigTraits {
  static ConfigValue to(const T& value) { return value; }
  static T from(const ConfigEntry& entry);
};

/// A value that is a function, or the name of one.
template <class T>
concept Function = requires(const T& value) {
  value.resolved();
};

/// Whether none stands for the default.
template <class T>
inline constexpr bool none_is_default = std::is_same_v<T, double> || std::is_same_v<T, std::string>;

/// One value among options. Its members stand outside of the class and are instantiated once for
/// what many options have (below, and config_fields.h), not in the source of each layer.
template <class T>
struct ConfigField {
  /// Replaces the value when the config has an entry of that name.
  static void read(ConfigReader& reader, const char* name, T& value);
  /// Adds the entry to the config of what is called `path` in errors; a shape or a number that is
  /// none is left out. ValueError for a function without a name.
  static void write(Config& config, const std::string& path, const char* name, const T& value);
  /// Looks up a function that was given by name; nothing for other values.
  static void look_up(const std::string& path, const char* name, T& value);
};

class ConfigReader {
 public:
  /// Reads what `owner` is made with, or the parameters of a named function that stands there.
  /// `ignored` names may be there and mean nothing.
  ConfigReader(const Config& config, std::string owner, std::vector<std::string> ignored = {},
               std::string function = {});

  /// The entry of that name as a T; `fallback` when there is none.
  template <class T>
  T take(const char* name, T fallback = {}) {
    ConfigField<T>::read(*this, name, fallback);
    return fallback;
  }
  /// As a visitor of fields: an entry that is there replaces the value.
  template <class T>
  void operator()(const char* name, T& value) {
    ConfigField<T>::read(*this, name, value);
  }

  /// Throws an E that says what the entry must be; of a function's parameter always a ValueError.
  template <class E = TypeError>
  [[noreturn]] void refuse(const char* name, const char* wanted) const {
    const std::string text = complaint(name, wanted);
    if (!function_.empty()) throw ValueError("{}", text);
    throw E("{}", text);
  }

  /// Counts a name as asked for.
  void know(const char* name);
  /// The entry of that name, which then counts as asked for; null when there is none.
  const ConfigValue* find(const char* name);
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

// --- fields ------------------------------------------------------------------------------------

[[noreturn]] void refuse_unnamed(const std::string& path, const char* name);

template <class T>
void ConfigField<T>::read(ConfigReader& reader, const char* name, T& value) {
  const ConfigValue* given = reader.find(name);
  if (!given || (none_is_default<T> && given->is_none())) return;
  value = ConfigTraits<T>::from({reader, name, *given});
}

template <class T>
void ConfigField<T>::write(Config& config, const std::string& path, const char* name,
                           const T& value) {
  if constexpr (Function<T>)
    if (value && value.name().empty()) refuse_unnamed(path, name);
  constexpr bool left_out =
      std::is_same_v<T, std::optional<Shape>> || std::is_same_v<T, std::optional<double>>;
  ConfigValue entry = ConfigTraits<T>::to(value);
  if (!left_out || !entry.is_none()) config.set(name, std::move(entry));
}

template <class T>
void ConfigField<T>::look_up(const std::string& path, const char* name, T& value) {
  if constexpr (Function<T>) value = resolve(value, fmt::format("{}: {}", path, name));
}

extern template struct ConfigField<bool>;
extern template struct ConfigField<int>;
extern template struct ConfigField<Index>;
extern template struct ConfigField<double>;
extern template struct ConfigField<std::string>;
extern template struct ConfigField<Pair>;
extern template struct ConfigField<Padding>;
extern template struct ConfigField<DataFormat>;
extern template struct ConfigField<std::optional<double>>;
extern template struct ConfigField<std::optional<DType>>;
extern template struct ConfigField<std::optional<Shape>>;

}  // namespace reel::detail
