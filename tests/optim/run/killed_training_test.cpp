// A training that is killed at any moment leaves a checkpoint that loads, and goes on from it.
//
// Half of the kills come while a file is being written: the child says when it begins.
#include <doctest/doctest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include <reel/core/io/safetensors.h>
#include <reel/optim/run/model_checkpoint.h>

#include "small_training.h"
#include "temporary_folder.h"

using namespace reel;
using test::SmallTraining;

namespace {

constexpr Index epochs = 40;

// Goes on from the checkpoint, if there is one.
void train(const TemporaryFolder& folder, int writes) {
  SmallTraining training("adam");
  ModelCheckpoint checkpoint(folder / "c", {.every = 1, .keep = 2});
  test::AtMoment tell([&](TrainingRun&) {
    if (writes >= 0 && ::write(writes, "w", 1) != 1) ::_exit(1);
  });
  training.options.callbacks = {&tell, &checkpoint};
  if (std::filesystem::exists(folder / "c")) training.options.resume = folder / "c";
  training.run(epochs);
}

// Kills the child in one of its first writes, or some microseconds after.
void train_and_kill(const TemporaryFolder& folder, int round) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    try {
      train(folder, ends[1]);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      ::_exit(1);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  char said = 0;
  for (int i = 0; i <= round % 3; ++i)
    if (::read(ends[0], &said, 1) != 1) break;
  // The first hundred microseconds are those in which the file is made.
  ::usleep(round % 2 == 0 ? static_cast<useconds_t>(round * 13 % 300)
                          : static_cast<useconds_t>(round * 71 % 5000));
  ::kill(child, SIGKILL);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK((WIFSIGNALED(status) || WEXITSTATUS(status) == 0));
  ::close(ends[0]);
}

}  // namespace

TEST_CASE("no kill leaves a checkpoint that does not load, and the end is that of a whole run") {
  const char* is_long = std::getenv("REEL_LONG");
  const int kills = is_long && *is_long == '1' ? 100 : 12;
  const TemporaryFolder folder;
  for (int round = 0; round < kills; ++round) {
    train_and_kill(folder, round);
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
      if (entry.path().filename().string().starts_with("c"))
        CHECK_NOTHROW(load_safetensors(entry.path()));
  }
  train(folder, -1);
  const Safetensors resumed = load_safetensors(folder / "c");
  const TemporaryFolder of_whole;
  train(of_whole, -1);
  const Safetensors whole = load_safetensors(of_whole / "c");
  CHECK(resumed.metadata == whole.metadata);
  REQUIRE(resumed.tensors.size() == whole.tensors.size());
  for (const auto& [name, value] : whole.tensors)
    CHECK(resumed.tensors.at(name).to_vector() == value.to_vector());
}
