// A training that stopped and came back has the bits of one that did not stop.
#include <doctest/doctest.h>

#include <csignal>

#include <reel/core/io/safetensors.h>
#include <reel/core/ops/factories.h>
#include <reel/layers/base/saved_weights.h>
#include <reel/optim/run/csv_log.h>
#include <reel/optim/run/early_stopping.h>
#include <reel/optim/run/json_log.h>
#include <reel/optim/run/model_checkpoint.h>
#include <reel/optim/run/reduce_on_plateau.h>
#include <reel/optim/schedules/schedules.h>

#include "small_training.h"
#include "temporary_folder.h"
#include "with_threads.h"

using namespace reel;
using test::SmallTraining;

namespace {

// Lines without the only key that may differ, their seconds.
std::vector<std::string> lines_without_seconds(const std::filesystem::path& file) {
  std::vector<std::string> lines;
  std::istringstream text(read_bytes(file));
  for (std::string line; std::getline(text, line);)
    if (line.find("\"epoch\":") == 1) lines.push_back(line.substr(0, line.find(",\"seconds\":")));
  return lines;
}

// A training with all that looks on: plateau (or a schedule), early stopping, logs, checkpoints.
struct Watched : SmallTraining {
  Watched(const std::string& optimizer_name, const TemporaryFolder& folder, const std::string& name,
          bool scheduled = false, Index every = 0)
      : SmallTraining(optimizer_name),
        log(folder / (name + ".jsonl")),
        table(folder / (name + ".csv")),
        checkpoint(folder / (name + ".safetensors"), {.every = every}),
        best(folder / (name + ".best"), {.best_of = "validation_accuracy"}) {
    if (scheduled)
      optimizer->set_learning_rate(
          schedules::CosineDecay({.initial_learning_rate = 0.1, .decay_steps = 20}));
    else
      options.callbacks.push_back(&plateau);
    for (Callback* callback :
         std::initializer_list<Callback*>{&checkpoint, &best, &stopping, &log, &table})
      options.callbacks.push_back(callback);
  }

  ReduceOnPlateau plateau{{.factor = 0.5, .patience = 1}};
  EarlyStopping stopping{{.patience = 50}};
  JsonLog log;
  CsvLog table;
  ModelCheckpoint checkpoint, best;
};

void check_resumed(const std::string& optimizer, bool scheduled = false) {
  CAPTURE(optimizer);
  const TemporaryFolder folder;
  Watched whole(optimizer, folder, "whole", scheduled);
  whole.run(4);
  const auto wanted = test::all_numbers(whole);
  const auto lines = lines_without_seconds(folder / "whole.jsonl");
  REQUIRE(lines.size() == 4);
  // In the first step, in mid-epoch, at an epoch's end, just before the end.
  for (const Index stop : {1, 7, 10, 13, 19}) {
    CAPTURE(stop);
    {
      Watched first(optimizer, folder, "parts", scheduled, stop);
      test::AtMoment end([&](TrainingRun& run) {
        if (run.optimizer.iterations() == stop) run.stop("here");
      });
      first.options.callbacks.insert(first.options.callbacks.begin(), &end);
      first.run(4);
      REQUIRE(first.optimizer->iterations() == stop);
    }
    next_initial_key();  // the program that comes back may have done other things before
    Watched second(optimizer, folder, "parts", scheduled);
    second.options.resume = folder / "parts.safetensors";
    set_seed(77);
    second.run(4);
    CHECK(test::all_numbers(second) == wanted);
    CHECK(lines_without_seconds(folder / "parts.jsonl") == lines);
    CHECK(read_bytes(folder / "parts.jsonl").find("{\"event\":\"resumed\",\"epoch\":") !=
          std::string::npos);
    CHECK(load_safetensors(folder / "parts.best").tensors.at("dense/kernel").to_vector() ==
          load_safetensors(folder / "whole.best").tensors.at("dense/kernel").to_vector());
    CHECK(second.stopping.best() == whole.stopping.best());
    CHECK(second.stopping.best_epoch() == whole.stopping.best_epoch());
    // The header, and an epoch a line.
    std::istringstream table(read_bytes(folder / "parts.csv"));
    int rows = 0;
    for (std::string line; std::getline(table, line); ++rows)
      CHECK(line.starts_with(rows == 0 ? "epoch,loss," : std::to_string(rows) + ","));
    CHECK(rows == 5);
  }
}

}  // namespace

TEST_CASE("a training that goes on from any of its steps has the bits of one that never stopped") {
  for (const char* optimizer :
       {"sgd", "adam", "adamw", "rmsprop", "adagrad", "adadelta", "adamax", "nadam", "ftrl"})
    check_resumed(optimizer);
}

TEST_CASE("so it is with a schedule, and with any number of threads") {
  for (const int threads : {1, 2, 4}) {
    const test::WithThreads with(threads);
    check_resumed("sgd", true);
    check_resumed("adam", true);
  }
}

TEST_CASE("ten epochs and ten more are twenty") {
  const TemporaryFolder folder;
  Watched whole("adam", folder, "whole");
  whole.run(6);
  Watched half("adam", folder, "half");
  half.run(3);
  Watched rest("adam", folder, "half");
  rest.options.resume = folder / "half.safetensors";
  rest.run(6);
  CHECK(test::all_numbers(rest) == test::all_numbers(whole));
  CHECK(lines_without_seconds(folder / "half.jsonl") ==
        lines_without_seconds(folder / "whole.jsonl"));
}

TEST_CASE("a training that Ctrl-C ended says so in its log, and goes on") {
  const TemporaryFolder folder;
  Watched whole("sgd", folder, "whole");
  whole.run(3);
  {
    Watched first("sgd", folder, "parts");
    first.options.interruptible = true;
    Index calls = 0;
    first.options.loss = [&](const Tensor& y, const Batch& batch) {
      if (++calls == 8) std::raise(SIGTERM);
      return test::class_loss(y, batch);
    };
    CHECK(first.run(3).signal == SIGTERM);
  }
  Watched second("sgd", folder, "parts");
  second.options.resume = folder / "parts.safetensors";
  second.run(3);
  CHECK(test::all_numbers(second) == test::all_numbers(whole));
  const std::string log = read_bytes(folder / "parts.jsonl");
  CHECK(
      log.starts_with("{\"event\":\"start\",\"seed\":3,\"options\":{\"epochs\":3,\"batch_size\":8,"
                      "\"micro_batches\":1},\"versions\":{\"reel\":"));
  CHECK(log.find("{\"event\":\"interrupted\",\"epoch\":2,\"step\":2}\n"
                 "{\"event\":\"resumed\",\"epoch\":2,\"step\":2}\n{\"epoch\":2,") !=
        std::string::npos);
  CHECK(log.ends_with("{\"event\":\"end\",\"epoch\":3,\"step\":5}\n"));
}

// --- the file ----------------------------------------------------------------------------------

TEST_CASE("a checkpoint serves as a file of weights") {
  const TemporaryFolder folder;
  SmallTraining training("adam");
  ModelCheckpoint checkpoint(folder / "c", {.texts = {{"classes", "a\nb\nc"}}});
  training.options.callbacks = {&checkpoint};
  training.run(1);
  SmallTraining other;
  CHECK(load_weights(*other.net, folder / "c") == WeightsMetadata{{"classes", "a\nb\nc"}});
  for (std::size_t i = 0; i < other.net->get_weights().size(); ++i)
    CHECK(other.net->get_weights()[i].to_vector() == training.net->get_weights()[i].to_vector());
}

TEST_CASE("the last ones stay under their numbers, and those of other trainings are left alone") {
  const TemporaryFolder folder;
  write_bytes(folder / "c.3.old", "");
  write_bytes(folder / "c.007", "");
  write_bytes(folder / "c.99", "of a later training");
  write_bytes(folder / "c.2", "of an earlier one");
  SmallTraining training;
  ModelCheckpoint checkpoint(folder / "c", {.every = 2, .keep = 3});
  training.options.callbacks = {&checkpoint};
  training.run(2);
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"c", "c.007", "c.10", "c.3.old", "c.6", "c.8", "c.99"});
  SmallTraining from_kept;
  from_kept.options.resume = folder / "c.6";
  from_kept.run(2);
  CHECK(test::all_numbers(from_kept) == test::all_numbers(training));
}

TEST_CASE("the last ones are themselves also where the file's name is a symbolic link") {
  const TemporaryFolder folder;
  std::filesystem::create_symlink(folder / "elsewhere", folder / "c");
  SmallTraining training;
  ModelCheckpoint checkpoint(folder / "c", {.keep = 3});
  training.options.callbacks = {&checkpoint};
  training.run(3);
  CHECK(std::filesystem::is_symlink(folder / "c"));
  CHECK(read_bytes(folder / "c.15") == read_bytes(folder / "elsewhere"));
  SmallTraining from_first;
  from_first.options.resume = folder / "c.5";
  CHECK(from_first.run(3).epochs.size() == 2);
  CHECK(test::all_numbers(from_first) == test::all_numbers(training));
}

TEST_CASE("the options of checkpoints are checked, and so is where they go") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(ModelCheckpoint(folder / "c", {.every = -1}),
                       "ModelCheckpoint: every must be >= 0; got -1", ValueError);
  CHECK_THROWS_WITH_AS(ModelCheckpoint(folder / "c", {.keep = -1}),
                       "ModelCheckpoint: keep must be >= 0; got -1", ValueError);
  CHECK_THROWS_WITH_AS(ModelCheckpoint(folder / "c", {.every = 2, .best_of = "loss"}),
                       "ModelCheckpoint: figures are compared at the ends of epochs; every must be "
                       "0 with best_of; got 2",
                       ValueError);
  CHECK_THROWS_AS(ModelCheckpoint("/no/such/folder/c"), IoError);
  CHECK(!std::filesystem::exists(folder / "c"));
}

// --- what is refused ---------------------------------------------------------------------------

namespace {

struct Checkpoint {
  explicit Checkpoint(const std::string& optimizer = "adam") {
    SmallTraining training(optimizer);
    ModelCheckpoint checkpoint(file, {.every = 7});
    test::AtMoment end([](TrainingRun& run) {
      if (run.optimizer.iterations() == 7) run.stop("here");
    });
    training.options.callbacks = {&end, &checkpoint};
    training.run(2);
  }
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "c";
};

// Refused with this message behind the file's name, and nothing is changed.
template <class E>
void check_refused(const std::filesystem::path& file, SmallTraining& training,
                   const std::string& message) {
  training.options.resume = file;
  const auto before = test::all_numbers(training);
  const RandomState numbers = random_state();
  const LoaderPosition position = training.loader.position();
  CHECK_THROWS_WITH_AS(training.run(2), (file.string() + ": " + message).c_str(), E);
  CHECK(random_state() == numbers);
  CHECK(training.loader.position() == position);
  const auto after = test::all_numbers(training);
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(after[i] == before[i]);
}

}  // namespace

TEST_CASE("a checkpoint of another training is refused with what differs") {
  const Checkpoint of_adam;
  {
    SmallTraining other("sgd");
    check_refused<ValueError>(of_adam.file, other,
                              "the optimizer must be that of the checkpoint, Adam; got SGD");
  }
  {
    SmallTraining other("adam");
    other.optimizer = std::make_unique<Adam>(AdamOptions{.beta_1 = 0.8});
    check_refused<ValueError>(
        of_adam.file, other,
        "the optimizer must be that of the checkpoint: beta_1 must be 0.9; got 0.8");
  }
  {
    SmallTraining other("adam");
    other.net->add<Dense>({.units = 3});
    other.net->build(Shape{8, 6, 6, 1});
    check_refused<ValueError>(
        of_adam.file, other,
        "the net must be that of the checkpoint: layers must have 7 entries; got 8");
  }
  {
    SmallTraining other("adam");
    other.loader = Loader(test::striped_images(37), {.size = 9, .shuffle = true, .seed = 3});
    check_refused<ValueError>(
        of_adam.file, other,
        "the data must be that of the checkpoint: batch_size must be 8; got 9");
  }
}

TEST_CASE("what is no checkpoint, or one of another format, is refused") {
  const Checkpoint saved;
  SmallTraining training("adam");
  Safetensors contents = load_safetensors(saved.file);
  contents.metadata["state/file/format"] = "2";
  save_safetensors(saved.folder / "later", contents);
  check_refused<IoError>(
      saved.folder / "later", training,
      "a checkpoint must have format 1; got 2, of reel " + contents.metadata.at("state/file/reel"));
  save_weights(*training.net, saved.folder / "weights");
  check_refused<IoError>(saved.folder / "weights", training,
                         "the file must be a checkpoint of a training; it holds weights alone");
}

TEST_CASE("whatever entry of a checkpoint is missing or damaged, nothing is changed") {
  const Checkpoint saved;
  const Safetensors whole = load_safetensors(saved.file);
  int refused = 0;
  for (const auto& [name, text] : whole.metadata)
    for (const bool is_missing : {true, false}) {
      // Configs need not be there, and nothing compares the version that wrote it.
      if (is_missing && (name.ends_with("/config") || name.ends_with("/learning_rate"))) continue;
      if (name == "state/file/reel") continue;
      Safetensors damaged = whole;
      damaged.metadata[name] = "~";
      if (is_missing) damaged.metadata.erase(name);
      save_safetensors(saved.folder / "damaged", damaged);
      const std::string entry = name;  // clang 14 captures no structured binding
      CAPTURE(entry);
      CAPTURE(is_missing);
      SmallTraining training("adam");
      training.options.resume = saved.folder / "damaged";
      const auto before = test::all_numbers(training);
      const double rate = training.optimizer->learning_rate();
      CHECK_THROWS_AS(training.run(2), Error);
      CHECK(training.optimizer->iterations() == 0);
      CHECK(training.optimizer->learning_rate() == rate);
      CHECK(training.loader.position() == LoaderPosition{});
      for (std::size_t i = 0; i < training.net->get_weights().size(); ++i)
        CHECK(training.net->get_weights()[i].to_vector() == before[i]);
      ++refused;
    }
  for (const auto& [name, tensor] : whole.tensors) {
    if (!name.starts_with("state/optimizer/") && name.starts_with("state/")) continue;
    Safetensors damaged = whole;
    damaged.tensors[name] = zeros({1, 2, 3});
    save_safetensors(saved.folder / "damaged", damaged);
    const std::string entry = name;
    CAPTURE(entry);
    SmallTraining training("adam");
    training.options.resume = saved.folder / "damaged";
    CHECK_THROWS_AS(training.run(2), Error);
    CHECK(training.optimizer->iterations() == 0);
    ++refused;
  }
  CHECK(refused > 30);
}

TEST_CASE("a log that is not that of the checkpoint is refused, and keeps its lines") {
  const TemporaryFolder folder;
  Watched first("sgd", folder, "run");
  first.run(2);
  const std::string other_log = "precious: " + std::string(5000, 'x') + "\n";
  write_bytes(folder / "run.jsonl", other_log);
  Watched second("sgd", folder, "run");
  second.options.resume = folder / "run.safetensors";
  CHECK_THROWS_AS(second.run(3), IoError);
  CHECK(read_bytes(folder / "run.jsonl") == other_log);
  std::filesystem::remove(folder / "run.jsonl");
  Watched third("sgd", folder, "run");
  third.options.resume = folder / "run.safetensors";
  third.run(3);
  CHECK(lines_without_seconds(folder / "run.jsonl").size() == 1);
}
