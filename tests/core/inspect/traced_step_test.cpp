// A traced step where the world around it changes: folders, processes, what it was given.
//
// Read before: traced_step.h, trace_readers_test.cpp.
#include <doctest/doctest.h>

#include <filesystem>
#include <memory>

#include <reel/reel.h>

#include "captured_stderr.h"
#include "in_child.h"
#include "temporary_folder.h"

using namespace reel;
using namespace reel::test;
namespace fs = std::filesystem;

namespace {

// What `f` writes to the log.
template <class F>
std::string told_by(const F& f) {
  CapturedStderr captured;
  f();
  return captured.text();
}

void step(const Variable& w) {
  Tape tape;
  tape.gradient(w * 2, w);
}

}  // namespace

TEST_CASE("a traced step's file is where its path led when it was made") {
  const TemporaryFolder folder;
  const Variable w(Tensor(1.0));
  fs::create_directory(folder / "inner");
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  {
    TracedStep traced({.file = "tape.json"});
    fs::current_path(folder / "inner");
    step(w);
    step(w);
    CHECK(traced.written());
  }
  fs::current_path(before);
  CHECK(fs::exists(folder / "tape.json"));
}

TEST_CASE("a traced step whose file could not be written says that it was not") {
  const TemporaryFolder folder;
  const Variable w(Tensor(1.0));
  const fs::path gone = folder / "gone";
  fs::create_directory(gone);
  TracedStep traced({.file = gone / "tape.json"});
  fs::remove_all(gone);
  step(w);
  const std::string told = told_by([&] { step(w); });
  CHECK(told.find("the trace of step 1 was not written: " + (gone / "tape.json").string()) !=
        std::string::npos);
  CHECK_FALSE(traced.written());
  CHECK(told_by([&] { step(w); }) == "");  // and does not try again
}

TEST_CASE("a child of fork leaves a traced step to its parent") {
  const TemporaryFolder folder;
  const Variable w(Tensor(1.0));
  const fs::path file = folder / "tape.json";
  auto traced = std::make_unique<TracedStep>(TracedStepOptions{.file = file});
  step(w);
  CHECK(status_of_child([&] {
          const std::string told = told_by([&] { traced.reset(); });
          return fs::exists(file) || !told.empty();
        }) == 0);
  traced.reset();
  CHECK(fs::exists(file));
  auto waiting = std::make_unique<TracedStep>(TracedStepOptions{.file = file, .step = 9});
  CHECK(status_of_child([&] { return told_by([&] { waiting.reset(); }).empty() ? 0 : 1; }) == 0);
  CHECK(told_by([&] { waiting.reset(); }).find("number 9 was asked for") != std::string::npos);
}

TEST_CASE("a traced step refuses what its trace would") {
  CHECK_THROWS_WITH_AS(TracedStep({.file = "tape.json", .trace = {.budget = -1}}),
                       "Trace: budget must be a number of bytes >= 0; got -1", ValueError);
}
