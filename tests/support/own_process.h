// This program once more, with another environment: for what is read once a process.
#pragma once

#include <doctest/doctest.h>
#include <errno.h>
#include <fmt/core.h>

#include <cstdio>
#include <string>

namespace reel::test {

/// What this program prints, on both streams, when it runs a test that is skipped otherwise, with
/// `before` in front of the command: `NAME=value`, or a program that starts another.
inline std::string printed_by_own_process(const std::string& before, const std::string& test) {
  const char* const program = program_invocation_name;  // a chroot may lack /proc/self/exe
  const std::string command = fmt::format("{} '{}' --no-skip -tc='{}' 2>&1", before, program, test);
  std::string text;
  std::FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe);
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text += static_cast<char>(c);
  CHECK(pclose(pipe) == 0);
  return text;
}

}  // namespace reel::test
