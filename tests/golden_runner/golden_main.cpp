// golden_test [--group NAME]... [DIR]... : runs every case of the golden sets in these folders.
//
// Without a folder it runs the project's own set. Prints a line a group and, at last,
// `N passed, N failed, N skipped`. Exit status 0 when nothing failed, 1 when a case failed or a
// folder could not be read, 2 when it was called wrongly.

#include <fmt/core.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <vector>

#include "run.h"

namespace {

namespace fs = std::filesystem;

constexpr const char* usage = "usage: golden_test [--group NAME]... [DIR]...\n";

struct Arguments {
  std::vector<fs::path> folders;
  std::set<std::string> groups;
};

// The project's own set: where it was when this program was built, else beside the program's build
// folder, else under the current one.
fs::path own_folder(const char* program) {
  std::error_code ignored;
  const fs::path build = fs::weakly_canonical(program, ignored).parent_path().parent_path();
  for (const fs::path& folder : {fs::path(REEL_GOLDEN_FOLDER), build.parent_path() / "tests/golden",
                                 fs::path("tests/golden")})
    if (fs::exists(folder / "cases.json", ignored)) return folder;
  return REEL_GOLDEN_FOLDER;
}

// The status to end with, or -1 to go on.
int parse(int argc, char** argv, Arguments& arguments) {
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--help") {
      fmt::print("{}", usage);
      return 0;
    }
    if (argument == "--group" && i + 1 < argc) {
      arguments.groups.insert(argv[++i]);
    } else if (argument.starts_with("-")) {
      fmt::print(stderr, "golden_test: {} needs a name or is not an option\n{}", argument, usage);
      return 2;
    } else {
      arguments.folders.emplace_back(argument);
    }
  }
  if (arguments.folders.empty()) arguments.folders.push_back(own_folder(argv[0]));
  return -1;
}

// Runs one folder. False when it cannot be read or lacks a group that was asked for.
bool run_folder(const fs::path& folder, const std::set<std::string>& groups,
                golden::Counts& total) {
  try {
    const golden::GoldenSet set = golden::load_golden_set(folder);
    for (const std::string& group : groups)
      if (std::none_of(set.cases.begin(), set.cases.end(),
                       [&](const golden::Case& golden) { return golden.group == group; })) {
        fmt::print(stderr, "golden_test: {} has no group '{}'\n", folder.string(), group);
        return false;
      }
    const golden::Counts counts = golden::run(set, groups, golden::operations(), std::cout);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
    return true;
  } catch (const std::exception& error) {
    fmt::print(stderr, "golden_test: {}: {}\n", folder.string(), error.what());
    return false;
  }
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  const int status = parse(argc, argv, arguments);
  if (status >= 0) return status;
  golden::Counts total;
  bool readable = true;
  for (const fs::path& folder : arguments.folders) {
    if (arguments.folders.size() > 1) fmt::print("{}\n", folder.string());
    std::fflush(stdout);
    readable = run_folder(folder, arguments.groups, total) && readable;
    std::cout.flush();
  }
  fmt::print("{} passed, {} failed, {} skipped\n", total.passed, total.failed, total.skipped);
  return readable && total.failed == 0 ? 0 : 1;
}
