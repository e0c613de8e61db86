#include <doctest/doctest.h>

#include <cstdlib>

#include <reel/core/error.h>
#include <reel/core/runtime/environment.h>
#include <reel/core/runtime/log.h>

#include "own_process.h"

using namespace reel;
using namespace reel::test;

namespace {

constexpr const char* variable = "REEL_TEST_OF_ENVIRONMENT";

bool flag(const char* value, bool otherwise = false) {
  setenv(variable, value, 1);
  return detail::environment_flag(variable, otherwise);
}

}  // namespace

TEST_CASE("a flag is on or off, by any of its words in any letters") {
  for (const char* yes : {"1", "on", "true", "yes", "ON", "True", "YES"}) CHECK(flag(yes, false));
  for (const char* no : {"0", "off", "false", "no", "OFF", "False", "No"})
    CHECK_FALSE(flag(no, true));
}

TEST_CASE("a flag that is not set or empty is what it is otherwise") {
  CHECK(flag("", true));
  CHECK_FALSE(flag("", false));
  unsetenv(variable);
  CHECK(detail::environment_flag(variable, true));
  CHECK_FALSE(detail::environment_flag(variable, false));
}

TEST_CASE("a flag that is neither on nor off is refused") {
  for (const char* wrong : {"2", "-1", "maybe", " 1", "1 "})
    CHECK_THROWS_WITH_AS(flag(wrong),
                         (std::string(variable) + ": must be 0 or 1; got '" + wrong + "'").c_str(),
                         ValueError);
  unsetenv(variable);
}

TEST_CASE("one line of each level is logged" * doctest::skip()) {
  logging::write(logging::Level::debug, "-debug-");
  logging::info("-info-");
  logging::warning("-warning-");
  logging::write(logging::Level::error, "-error-");
}

TEST_CASE("REEL_LOG sets the level in any letters, and says what it does not know") {
  const auto lines = [](const std::string& value) {
    const std::string text =
        printed_by_own_process("REEL_LOG=" + value, "one line of each level is logged");
    std::string levels;
    for (const char* level : {"debug", "info", "warning", "error"})
      if (text.find(std::string("-") + level + "-") != text.npos) levels += level[0];
    const bool told =
        text.find("REEL_LOG: must be debug, info, warning, error or off; got '") != text.npos;
    return levels + (told ? "?" : "");
  };
  for (const char* letters : {"info", "INFO", "Info"}) CHECK(lines(letters) == "iwe");
  CHECK(lines("DEBUG") == "diwe");
  CHECK(lines("Warning") == "we");
  CHECK(lines("ERROR") == "e");
  CHECK(lines("OFF") == "");
  CHECK(lines("''") == "we");
  for (const char* unknown : {"verbose", "3", "' info'"}) CHECK(lines(unknown) == "we?");
}
