// Enums whose values have names: they print by those, to streams and through fmt.
//
// An enum is one of them by a function `name_of` that stands behind it. The rest is here, once.
// Read before: text_formatter.h. Read next: dtype.h, the first of them.
#pragma once

#include <fmt/core.h>

#include <concepts>
#include <cstddef>
#include <iosfwd>
#include <string_view>
#include <type_traits>

#include <reel/core/runtime/text_formatter.h>

namespace reel {
namespace detail {

template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E value) {
  { name_of(value) } -> std::convertible_to<std::string_view>;
};

/// The name at the value's place, for `name_of`.
template <class E, std::size_t count>
constexpr std::string_view name_in(const std::string_view (&names)[count], E value) {
  const auto place = static_cast<std::size_t>(value);
  return place < count ? names[place] : "unknown";
}

}  // namespace detail

// A template, so that who prints none need not include <ostream>.
template <class Traits, detail::NamedEnum E>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, E value) {
  return out << std::string_view(name_of(value));
}

}  // namespace reel

template <reel::detail::NamedEnum E>
struct fmt::formatter<E> : reel::detail::TextFormatter {
  format_context::iterator format(E value, format_context& context) const {
    return write(name_of(value), context);
  }
};
