#include <reel/core/runtime/log.h>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include <reel/core/error.h>
#include <reel/core/runtime/environment.h>
#include <reel/core/runtime/fork.h>

namespace reel::logging {
namespace {

spdlog::level::level_enum as_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
    default:
      return spdlog::level::off;
  }
}

// Kept alive here too, so that a program that drops spdlog's registry does not drop it, and never
// destroyed, since threads may work when the program ends.
const std::shared_ptr<spdlog::logger>& logger() {
  static const auto& instance = *new const std::shared_ptr<spdlog::logger>([] {
    auto made = spdlog::get("reel");
    if (!made) {
      made = std::make_shared<spdlog::logger>("reel",
                                              std::make_shared<spdlog::sinks::stderr_sink_mt>());
      made->set_pattern("%n: %l: %v");
      spdlog::register_logger(made);
    }
    made->set_level(spdlog::level::trace);  // `level` decides, in one place
    return made;
  }());
  return instance;
}

// Spdlog has locks of its own, which no thread may hold during a fork.
std::mutex& line_mutex() {
  static auto& mutex = *new detail::ForkMutex;
  return mutex;
}
[[maybe_unused]] const std::mutex& made_at_load = line_mutex();  // fork.h

void write_line(Level line_level, const std::string& line) {
  const std::lock_guard lock(line_mutex());
  logger()->log(as_spdlog(line_level), line);
}

// In the order of `Level`.
constexpr std::array<std::string_view, 5> names{"debug", "info", "warning", "error", "off"};

Level level_from_environment() {
  const std::string name = detail::environment("REEL_LOG");
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<Level>(found - names.begin());
  if (!name.empty())
    write_line(Level::warning,
               fmt::format("REEL_LOG: must be debug, info, warning, error or off; got '{}'", name));
  return Level::warning;
}

std::atomic<Level>& current_level() {
  static std::atomic<Level> current = level_from_environment();
  return current;
}

}  // namespace

void set_level(Level level) { current_level() = level; }
Level level() { return current_level(); }

void write(Level line_level, std::string_view line) {
  if (line_level < level() || line_level == Level::off) return;
  write_line(line_level, detail::shortened(std::string(line)));
}

}  // namespace reel::logging
