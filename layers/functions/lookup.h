// From a name and parameters to a function.
//
// Each of the four kinds (activations, initializers, regularizers, constraints) keeps one table of
// `Known` entries and calls `look_up` from its `resolve`. Names are case-sensitive. An entry's
// `make` reads its parameters by name; one that nobody read is unknown and an error, so a misspelt
// parameter never passes silently. A plain function of the library that came without its name
// (`.activation = relu`) is found in the table by its address and gets the name back.
// Read before: named_function.h. Read next: activations.h.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/runtime/named_function.h>
#include <reel/core/tensor.h>

namespace reel::detail {

/// The parameters that came with a name. ValueError for one of the wrong kind, without `where`.
class ParameterReader {
 public:
  ParameterReader(std::string where, std::string name, Parameters parameters);

  double number(const char* parameter, double fallback) {
    return number(parameter, fallback, fallback);
  }
  /// `for_none` when the parameter came as none.
  double number(const char* parameter, double fallback, double for_none);
  /// Nothing when the parameter is absent or none.
  std::optional<double> optional_number(const char* parameter);
  bool flag(const char* parameter, bool fallback);
  /// Nothing when the parameter is absent or not a string; it then counts as unread.
  std::optional<std::string> optional_text(const char* parameter);
  std::string text(const char* parameter, const char* fallback);
  std::vector<double> list(const char* parameter, std::vector<double> fallback);
  std::vector<int> axes(const char* parameter, std::vector<int> fallback);
  int axis(const char* parameter, int fallback);

  /// TypeError when a parameter is left that nobody asked for.
  void finish() const;

 private:
  const ParameterValue* take(const char* parameter);
  [[noreturn]] void refuse(const char* parameter, const char* wanted) const;

  std::string where_, name_;
  Parameters left_;
};

/// A table entry: its name (and aliases) and how to make it.
template <class Value>
struct Known {
  std::vector<const char*> names;
  Value (*make)(ParameterReader& read);
};

[[noreturn]] void throw_unknown(const char* kind, const std::string& where, const std::string& name,
                                const std::vector<const char*>& known);

template <class Value>
Value make_known(const Known<Value>& entry, const Value& value, const std::string& where) {
  ParameterReader read(where, value.name(), value.parameters());
  try {
    Value made = entry.make(read);
    read.finish();
    return made;
  } catch (const ValueError& error) {  // a factory knows its own name, not the layer's path
    throw ValueError("{}: {}", where, error.what());
  }
}

/// `value` if it is a function already, else what its name and parameters stand for.
/// ValueError for an unknown name, which lists the known ones; TypeError for unknown parameters.
template <class Value>
Value look_up(const char* kind, std::span<const Known<Value>> table, const Value& value,
              const std::string& where) {
  if (!value) return value;
  if (value.resolved()) {
    if (value.name().empty() && value.is_plain_function())
      for (const Known<Value>& entry : table)
        if (const Value known = make_known(entry, Value(entry.names[0]), where); known == value)
          return known;
    return value;
  }
  std::vector<const char*> names;
  for (const Known<Value>& entry : table)
    for (const char* name : entry.names) {
      if (value.name() == name) return make_known(entry, value, where);
      names.push_back(name);
    }
  throw_unknown(kind, where, value.name(), names);
}

/// A seed that may be absent, as a parameter. ValueError for one that a double does not hold.
inline ParameterValue optional_parameter(const std::optional<std::uint64_t>& seed) {
  if (seed && *seed > std::uint64_t{1} << 53)
    throw ValueError("seed must be a whole number in [0, 2^53]; got {}", *seed);
  return seed ? ParameterValue(*seed) : ParameterValue();
}
inline ParameterValue optional_parameter(const std::optional<double>& number) {
  return number ? ParameterValue(*number) : ParameterValue();
}

}  // namespace reel::detail
