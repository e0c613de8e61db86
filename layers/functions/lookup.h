// From a name and parameters to a function.
//
// Each of the four kinds (activations, initializers, regularizers, constraints) keeps one table of
// `Known` entries and calls `look_up` from its `resolve`. Names are case-sensitive. An entry's
// `make` reads its parameters by name; one that nobody read is unknown and an error, so a misspelt
// parameter never passes silently. A plain function of the library that came without its name
// (`.activation = relu`) is found in the table by its address and gets the name back.
// Read before: named_function.h, config_reader.h. Read next: activations.h.
#pragma once

#include <fmt/format.h>

#include <span>
#include <string>
#include <vector>

#include <reel/core/runtime/joined.h>
#include <reel/core/runtime/named_function.h>
#include <reel/layers/base/config_reader.h>
#include <reel/layers/functions/custom_objects.h>

namespace reel::detail {

/// A table entry: its name (and aliases) and how to make it.
template <class Value>
struct Known {
  std::vector<const char*> names;
  Value (*make)(ConfigReader& read);
};

template <class Value>
Value make_known(const Known<Value>& entry, const Value& value, const std::string& where,
                 const std::vector<std::string>& ignored = {}) {
  ConfigReader read(value.parameters(), where, ignored, value.name());
  try {
    Value made = entry.make(read);
    read.finish();
    return made;
  } catch (const ValueError& error) {  // a factory knows its own name, not the layer's path
    throw ValueError("{}: {}", where, error.what());
  }
}

/// The function of the user's own (custom_objects.h) that a name stands for; it has no parameters.
template <class Value>
Value make_custom(const CustomFunction& custom, const char* kind, const Value& value,
                  const std::string& where) {
  ConfigReader(value.parameters(), where, {}, value.name()).finish();
  const auto& function = custom.as<typename Value::Function>();
  if (!function)
    throw ValueError("{}: '{}' must be callable as {}; it takes other arguments", where,
                     value.name(), kind);
  return Value(value.name(), {}, function);
}

/// `value` if it is a function already, else what its name and parameters stand for.
/// ValueError for an unknown name, which lists the known ones; TypeError for unknown parameters,
/// but for those that may be there and mean nothing.
template <class Value>
Value look_up(const char* kind, std::span<const Known<Value>> table, const Value& value,
              const std::string& where, const std::vector<std::string>& ignored = {}) {
  if (!value) return value;
  if (value.resolved()) {
    if (value.name().empty() && value.is_plain_function())
      for (const Known<Value>& entry : table)
        if (const Value known = make_known(entry, Value(entry.names[0]), where); known == value)
          return known;
    return value;
  }
  if (const CustomFunction* custom = CustomObjectScope::find(value.name()))
    return make_custom(*custom, kind, value, where);
  std::vector<const char*> names;
  for (const Known<Value>& entry : table)
    for (const char* name : entry.names) {
      if (value.name() == name) return make_known(entry, value, where, ignored);
      names.push_back(name);
    }
  throw ValueError("{}: Unknown {}: '{}'; known are {}; a function can be given instead", where,
                   kind, value.name(), detail::joined(names));
}

}  // namespace reel::detail
