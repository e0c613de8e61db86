// What the small examples share: they take no arguments but --help, --version and those that show
// their tape, and notice a full disk.
#pragma once

#include <fmt/core.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>

#include <reel/core/error.h>
#include <reel/core/inspect/traced_step.h>
#include <reel/core/runtime/version.h>

#include "standard_output.h"

/// The arguments of a small example, understood. It lives as long as the program's work.
class SmallExample {
 public:
  /// `text` is what --help prints.
  SmallExample(int argc, char** argv, std::string_view text) {
    check_output_at_exit();
    status = understand(argc, argv, text);
  }

  /// With which the program should end at once.
  std::optional<int> status;

 private:
  std::optional<int> understand(int argc, char** argv, std::string_view text) {
    reel::TracedStepOptions tape;
    const auto refused = [&](const char* why) {
      fmt::print(stderr, "{}: {}\n\n", argv[0], why);
      print_help(stderr, text);
      return 2;
    };
    for (int i = 1; i < argc; ++i) {
      const std::string_view argument = argv[i];
      if (argument == "--help" && argc == 2) return print_help(stdout, text), 0;
      if (argument == "--version" && argc == 2) return fmt::print("reel {}\n", reel::version()), 0;
      const bool is_step = argument == "--theatre-step";
      if ((!is_step && argument != "--theatre") || i + 1 == argc)
        return refused("the arguments are these");
      const char* const value = argv[++i];
      const char* const end = value + std::strlen(value);
      if (!is_step)
        tape.file = value;
      else if (value == end || std::from_chars(value, end, tape.step).ptr != end)
        return refused("--theatre-step must be a number");
    }
    try {
      traced_.emplace(tape);
    } catch (const reel::Error& error) {
      return refused(error.what());
    }
    return std::nullopt;
  }

  static void print_help(std::FILE* to, std::string_view text) {
    fmt::print(
        to,
        "{}\n"
        "  --theatre FILE      writes a training step as a page to step through, tape.html,\n"
        "                      or by its ending as .json, .dot (a graph) or .txt\n"
        "  --theatre-step N    which one (1)\n"
        "  --help, --version\n",
        text);
  }

  std::optional<reel::TracedStep> traced_;
};
