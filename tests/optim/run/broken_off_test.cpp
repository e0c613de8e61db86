// Trainings that end in the middle: what the next one counts, and a Ctrl-C that comes late.
#include <doctest/doctest.h>

#include <csignal>

#include <reel/optim/run/evaluate.h>
#include <reel/optim/run/json_log.h>
#include <reel/optim/run/model_checkpoint.h>

#include "small_training.h"
#include "temporary_folder.h"

using namespace reel;
using test::SmallTraining;

TEST_CASE("after a pass that was broken off the next training counts from its first step") {
  const TemporaryFolder folder;
  SmallTraining training;
  ModelCheckpoint checkpoint(folder / "c", {.every = 1});
  std::vector<Index> steps;
  test::AtMoment look([&](TrainingRun& run) { steps.push_back(run.step()); });
  training.options.callbacks = {&look, &checkpoint};
  for (const Batch& batch : training.loader)
    if (training.loader.position().sample == 2 * batch.size()) break;
  const History history = training.run(1);
  CHECK(steps == std::vector<Index>{1, 2, 3, 4, 5});
  CHECK(history.step == 5);
  SmallTraining later;
  later.options.resume = folder / "c";
  CHECK(later.run(2).epochs.size() == 1);
}

TEST_CASE("a training that begins within a pass counts the steps that are behind it") {
  SmallTraining training;
  training.loader.set_position({.epoch = 0, .sample = 16});
  std::vector<Index> steps;
  test::AtMoment look([&](TrainingRun& run) { steps.push_back(run.step()); });
  training.options.callbacks = {&look};
  training.run(1);
  CHECK(steps == std::vector<Index>{3, 4, 5});
  steps.clear();
  training.loader.set_position({.epoch = 1, .sample = 37});  // nothing is left of it
  training.run(1);
  CHECK(steps == std::vector<Index>{1, 2, 3, 4, 5});
}

TEST_CASE("Ctrl-C is not lost before the first step, nor when the last one is done") {
  class AtStart : public Callback {
   public:
    AtStart() : Callback("at_start") {}
    void on_start(TrainingRun&) override { std::raise(SIGINT); }
  } at_start;
  test::AtMoment at_end([](TrainingRun& run) {
    if (run.epoch_ended() && run.signal() == 0) std::raise(SIGINT);
  });
  const auto log_of = [](Callback& callback, Index step) {
    const TemporaryFolder folder;
    SmallTraining training;
    JsonLog log(folder / "log.jsonl");
    training.options.callbacks = {&log, &callback};
    training.options.interruptible = true;
    const History history = training.run(1);
    CHECK(history.signal == SIGINT);
    CHECK(history.step == step);
    return read_bytes(folder / "log.jsonl");
  };
  CHECK(log_of(at_start, 1).ends_with("{\"event\":\"interrupted\",\"epoch\":1,\"step\":1}\n"));
  CHECK(log_of(at_end, 5).ends_with("{\"event\":\"interrupted\",\"epoch\":1,\"step\":5}\n"));
}

TEST_CASE("a training inside of another says what it needs, before any callback is told") {
  const TemporaryFolder folder;
  write_bytes(folder / "log.jsonl", "precious\n");
  SmallTraining outer, inner;
  JsonLog log(folder / "log.jsonl");
  inner.options.callbacks = {&log};
  inner.options.interruptible = outer.options.interruptible = true;
  test::AtMoment train([&](TrainingRun& run) {
    if (run.step() == 1)
      CHECK_THROWS_WITH_AS(inner.run(1),
                           "Interruptible: one must end before the next; a fit inside of another, "
                           "or beside it, needs .interruptible = false",
                           RuntimeError);
    if (run.step() == 2) inner.options.interruptible = false;
    if (run.step() == 2) CHECK(inner.run(1).epochs.size() == 1);
    if (run.step() == 1) CHECK(read_bytes(folder / "log.jsonl") == "precious\n");
  });
  outer.options.callbacks = {&train};
  CHECK(outer.run(1).step == 5);
}

TEST_CASE("evaluate refuses metrics that are not there") {
  SmallTraining training;
  CHECK_THROWS_WITH_AS(evaluate(*training.net, test::striped_images(9), {.metrics = {nullptr}}),
                       "evaluate: metrics must be there; got a null pointer", ValueError);
}
