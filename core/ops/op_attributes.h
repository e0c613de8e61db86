// What ops say of their arguments to whoever observes: a Config of names and values.
//
//   record(op, y, ..., attributes([&] { return detail::named("axis", axis); }));
//
// Names are those of an op's public declaration, also where it works with what it made of them (a
// mask of axes, the geometry of a pool): a reader, or another library, wants the words of the
// documentation. Of a gradient that is an op they are those of the op that it belongs to, and the
// shape of what it gives. Nothing here runs while nobody observes.
// Internal: included by the sources of core/ops only. Read before: record.h, config.h. Read next:
// op_attributes.cpp.
#pragma once

#include <bitset>
#include <concepts>
#include <span>
#include <vector>

#include <reel/core/ops/window_options.h>
#include <reel/core/record.h>
#include <reel/core/runtime/config.h>
#include <reel/core/runtime/random_state.h>

namespace reel::detail {

template <std::integral Integer>
ConfigValue config_of(std::span<const Integer> numbers) {
  return ConfigValue::List(numbers.begin(), numbers.end());
}
template <std::integral Integer, class Allocator>
ConfigValue config_of(const std::vector<Integer, Allocator>& numbers) {
  return config_of(std::span<const Integer>(numbers));
}
inline ConfigValue config_of(const Shape& shape) { return config_of(shape.extents()); }
/// A number, or the name of one that JSON does not have: "inf", "-inf", "nan".
ConfigValue config_of(double number);
/// [rows, columns].
ConfigValue config_of(const Pair& pair);
/// The axes of a mask, counted from the front.
ConfigValue config_of(const std::bitset<Shape::max_rank>& axes);

/// seed, stream and draw: 64 bits each, as signed numbers.
Config config_of(const RandomKey& key);

/// `config`, and names and values in turn; an enum by its name.
inline Config named(Config config) { return config; }
template <class Value, class... Rest>
Config named(Config config, const char* name, const Value& value, const Rest&... rest) {
  if constexpr (requires { name_of(value); })
    config.set(name, std::string(name_of(value)));
  else if constexpr (std::is_floating_point_v<Value>)
    config.set(name, config_of(value));
  else if constexpr (std::is_convertible_v<const Value&, ConfigValue>)
    config.set(name, value);
  else
    config.set(name, config_of(value));
  return named(std::move(config), rest...);
}
template <class Value, class... Rest>
Config named(const char* name, const Value& value, const Rest&... rest) {
  return named(Config(), name, value, rest...);
}

}  // namespace reel::detail
