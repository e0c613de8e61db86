// Training: whether a call is for training. Yes, no, or nobody said.
//
// The third value lets the flag travel: a call inside another's `call` that says nothing has the
// outer one's (OpenScope keeps it), and a layer can tell an inference that was asked for from one
// that nobody thought of (reminders.h). It reads as a bool, in which nobody's word is inference.
// Read next: scope.h, layer_options.h.
#pragma once

#include <concepts>

#include <reel/core/runtime/text_formatter.h>

namespace reel {

class Training {
 public:
  /// Nobody said.
  constexpr Training() = default;
  /// A bool and nothing that converts to one: "false" would.
  template <std::same_as<bool> Flag>
  constexpr Training(Flag training) : said_(training ? yes : no) {}
  constexpr operator bool() const { return said_ == yes; }
  /// Whether somebody said.
  constexpr bool given() const { return said_ != nothing; }
  /// This, or `other` where nobody said.
  constexpr Training or_else(Training other) const { return given() ? *this : other; }

 private:
  enum Said : char { nothing, no, yes };
  Said said_ = nothing;
};

}  // namespace reel

/// As the bool that it reads as.
template <>
struct fmt::formatter<reel::Training> : reel::detail::TextFormatter {
  fmt::format_context::iterator format(bool training, fmt::format_context& context) const {
    return write(training ? "true" : "false", context);
  }
};
