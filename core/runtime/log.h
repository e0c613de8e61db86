// What the library says: one spdlog logger named "reel", on stderr, silent below warnings.
//
// The environment variable REEL_LOG (debug, info, warning, error, off) sets another level without
// touching the program. spdlog stays out of this header; a program that wants the messages
// elsewhere registers a logger named "reel" of its own with spdlog before the first message, or
// exchanges the sinks of spdlog::get("reel") after it. Nothing here throws or exits.
#pragma once

#include <fmt/core.h>

#include <string_view>
#include <utility>

#include <reel/core/runtime/named_enum.h>

namespace reel::logging {

enum class Level { debug, info, warning, error, off };
constexpr std::string_view name_of(Level level) {
  return reel::detail::name_in({"debug", "info", "warning", "error", "off"}, level);
}

using reel::operator<<;  // whose argument is of this namespace

void set_level(Level level);
Level level();

/// Writes one line when `line_level` is loud enough.
void write(Level line_level, std::string_view line);

template <class... Args>
void info(fmt::format_string<Args...> text, Args&&... args) {
  if (level() <= Level::info) write(Level::info, fmt::format(text, std::forward<Args>(args)...));
}

template <class... Args>
void warning(fmt::format_string<Args...> text, Args&&... args) {
  if (level() <= Level::warning)
    write(Level::warning, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace reel::logging
