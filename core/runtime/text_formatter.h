// How what prints prints through fmt: as text, with the text's own format spec.
//
// `fmt::formatter<std::string_view>` could be inherited, but GCC 12 sees an overflow in its parser
// where there is none, and our users compile with warnings as errors. So the spec is only kept here
// and handed to fmt when the text is there. Widths may not be arguments (`{:>{}}`).
// Read next: text_formatter.cpp, dtype.h.
#pragma once

#include <fmt/core.h>

#include <string_view>

#include <reel/core/runtime/language.h>

namespace reel::detail {

class TextFormatter {
 public:
  constexpr auto parse(fmt::format_parse_context& context) {
    auto end = context.begin();
    while (end != context.end() && *end != '}') ++end;
    spec_ = std::string_view(context.begin(), static_cast<std::size_t>(end - context.begin()));
    return end;
  }

 protected:
  fmt::format_context::iterator write(std::string_view text, fmt::format_context& context) const;

 private:
  std::string_view spec_;
};

/// Of a type with `str()`: `template <> struct fmt::formatter<T> : StrFormatter<T> {};`
template <class T>
class StrFormatter : public TextFormatter {
 public:
  fmt::format_context::iterator format(const T& value, fmt::format_context& context) const {
    return write(value.str(), context);
  }
};

}  // namespace reel::detail
