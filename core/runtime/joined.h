// Many things in one text: "a, b, c".
//
// As `fmt::join` writes them. But that makes the compiler instantiate, in each source, fmt's own
// code for the type of the items: a second for strings, three for numbers. Here each item goes the
// way of a plain `{}`, which is compiled already. Price: a short string an item.
// Read before: error.h, where most such texts go.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

#include <reel/core/runtime/language.h>

namespace reel::detail {

std::string joined(const auto& items, std::string_view separator = ", ") {
  std::string text;
  bool is_first = true;
  for (const auto& item : items) {
    if (!is_first) text += separator;
    is_first = false;
    text += fmt::format("{}", item);
  }
  return text;
}

}  // namespace reel::detail
