// What the small examples share: they take no arguments but --help and --version, and notice a
// full disk.
#pragma once

#include <fmt/core.h>

#include <cstdio>
#include <optional>
#include <string_view>

#include <reel/core/runtime/version.h>

#include "standard_output.h"

/// The exit status of a program that was given arguments: 0 after `--help`, which prints `text`,
/// and `--version`, 2 after anything else. None when there are no arguments, and the example should
/// run.
inline std::optional<int> only_help(int argc, char** argv, std::string_view text) {
  check_output_at_exit();
  if (argc < 2) return std::nullopt;
  const std::string_view argument = argc == 2 ? argv[1] : "";
  if (argument == "--version") {
    fmt::print("reel {}\n", reel::version());
    return 0;
  }
  const bool help = argument == "--help";
  std::FILE* const to = help ? stdout : stderr;
  if (!help) fmt::print(to, "{}: the only arguments are --help and --version\n\n", argv[0]);
  fmt::print(to, "{}", text);
  return help ? 0 : 2;
}
