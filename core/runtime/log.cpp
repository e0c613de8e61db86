#include <reel/core/runtime/log.h>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>

namespace reel::logging {
namespace {

Level level_from_environment() {
  const char* name = std::getenv("REEL_LOG");
  const std::string text = name ? name : "";
  if (text == "debug") return Level::debug;
  if (text == "info") return Level::info;
  if (text == "error") return Level::error;
  if (text == "off") return Level::off;
  return Level::warning;
}

std::atomic<Level>& current_level() {
  static std::atomic<Level> current = level_from_environment();
  return current;
}

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

// Kept alive here too, so that a program that drops spdlog's registry does not drop it.
std::shared_ptr<spdlog::logger> logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = spdlog::get("reel");
    if (!made) {
      made = std::make_shared<spdlog::logger>("reel",
                                              std::make_shared<spdlog::sinks::stderr_sink_mt>());
      made->set_pattern("%n: %l: %v");
      spdlog::register_logger(made);
    }
    made->set_level(spdlog::level::trace);  // `level` decides, in one place
    return made;
  }();
  return instance;
}

}  // namespace

void set_level(Level level) { current_level() = level; }
Level level() { return current_level(); }

void write(Level line_level, std::string_view line) {
  if (line_level < level() || line_level == Level::off) return;
  logger()->log(as_spdlog(line_level), line);
}

}  // namespace reel::logging
