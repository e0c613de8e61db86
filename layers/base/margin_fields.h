// What the layers with margins share: their check, their words and how they stand in a config.
//
// Internal: included by the sources of those layers only. Read before: margins.h, config_reader.h.
#pragma once

#include <string>

#include <reel/core/error.h>
#include <reel/layers/base/config_reader.h>
#include <reel/layers/base/margins.h>

namespace reel::detail {

/// "((1, 0), (2, 2))"
inline std::string text_of(const Margins& m) {
  return fmt::format("(({}, {}), ({}, {}))", m.top, m.bottom, m.left, m.right);
}

/// ValueError when there is a negative one.
inline void check_margins(const std::string& path, const char* argument, const Margins& m) {
  if (m.top < 0 || m.bottom < 0 || m.left < 0 || m.right < 0)
    throw ValueError("{}: {} must be >= 0; got {}", path, argument, text_of(m));
}

/// Rows above and below an image, or columns at its left and right.
inline Index both_sides(const Margins& m, int Pair::*side) {
  return side == &Pair::rows ? Index{m.top} + m.bottom : Index{m.left} + m.right;
}

// ((top, bottom), (left, right)), (rows, columns) or a number.
template <>
struct ConfigTraits<Margins> {
  using List = ConfigValue::List;
  static ConfigValue to(const Margins& m) {
    return List{List{m.top, m.bottom}, List{m.left, m.right}};
  }
  static Margins from(const ConfigEntry& entry) {
    const auto pair = [&](const ConfigValue& value) {
      return ConfigTraits<Pair>::from({entry.reader, entry.name, value});
    };
    const auto* sides = entry.value.get<List>();
    if (!sides) return Margins(pair(entry.value).rows);
    if (sides->size() != 2) entry.refuse("an integer, two, or two pairs");
    return {pair((*sides)[0]), pair((*sides)[1])};
  }
};

}  // namespace reel::detail
