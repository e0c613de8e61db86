#include <reel/core/runtime/environment.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include <reel/core/error.h>

namespace reel::detail {

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  std::string text = value ? value : "";
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

bool environment_flag(const char* name, bool otherwise) {
  constexpr std::array<std::string_view, 4> yes{"1", "on", "true", "yes"};
  constexpr std::array<std::string_view, 4> no{"0", "off", "false", "no"};
  const std::string value = environment(name);
  if (value.empty()) return otherwise;
  const bool is_yes = std::find(yes.begin(), yes.end(), value) != yes.end();
  if (!is_yes && std::find(no.begin(), no.end(), value) == no.end())
    throw ValueError("{}: must be 0 or 1; got '{}'", name, value);
  return is_yes;
}

}  // namespace reel::detail
