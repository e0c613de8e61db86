// How a training begins: what is refused touches no file, and what was kept of another is
// forgotten.
#include <doctest/doctest.h>

#include <csignal>
#include <limits>

#include <reel/core/io/safetensors.h>
#include <reel/core/ops/elementwise.h>
#include <reel/optim/run/csv_log.h>
#include <reel/optim/run/early_stopping.h>
#include <reel/optim/run/evaluate.h>
#include <reel/optim/run/json_log.h>
#include <reel/optim/run/model_checkpoint.h>
#include <reel/optim/run/reduce_on_plateau.h>
#include <reel/optim/run/training_doctor.h>

#include "small_training.h"
#include "temporary_folder.h"

using namespace reel;
using test::SmallTraining;

namespace {

// Refuses the training, at one moment or the other.
class Refusing : public Callback {
 public:
  explicit Refusing(bool at_check) : Callback("refusing"), at_check_(at_check) {}
  void check(const TrainingRun&) override {
    if (at_check_) throw ValueError("refused");
  }
  SavedState state() const override {
    SavedState state;
    state.set("number", Index{1});
    return state;
  }
  void set_state(const SavedState&) override { throw ValueError("no such state"); }

 private:
  bool at_check_;
};

// A checkpoint after one epoch, of a training with these callbacks.
void save_one_epoch(const std::filesystem::path& file, std::vector<Callback*> callbacks) {
  SmallTraining training;
  ModelCheckpoint checkpoint(file);
  callbacks.push_back(&checkpoint);
  training.options.callbacks = callbacks;
  training.run(1);
}

}  // namespace

TEST_CASE("a training that is refused leaves the logs as they were") {
  const TemporaryFolder folder;
  for (const char* name : {"log.jsonl", "log.csv"}) write_bytes(folder / name, "precious\n");
  JsonLog log(folder / "log.jsonl");
  CsvLog table(folder / "log.csv");
  Refusing refusing(true);
  EarlyStopping stopping({.monitor = "val_loss"});
  ReduceOnPlateau plateau;
  ModelCheckpoint best(folder / "c", {.best_of = "val_loss"});
  for (Callback* callback :
       std::initializer_list<Callback*>{&refusing, &stopping, &plateau, &best}) {
    SmallTraining training;
    training.optimizer->set_learning_rate([](Index) { return 0.1; });
    training.options.callbacks = {&log, &table, callback};
    CHECK_THROWS_AS(training.run(1), ValueError);
    CHECK(read_bytes(folder / "log.jsonl") == "precious\n");
    CHECK(read_bytes(folder / "log.csv") == "precious\n");
  }
}

TEST_CASE("of two logs one that is not the checkpoint's keeps the other from being cut") {
  const TemporaryFolder folder;
  JsonLog log(folder / "log.jsonl");
  CsvLog table(folder / "log.csv");
  save_one_epoch(folder / "c", {&log, &table});
  write_bytes(folder / "log.csv", "edited\n");
  write_bytes(folder / "log.jsonl", read_bytes(folder / "log.jsonl") + "and later lines\n");
  const std::string lines = read_bytes(folder / "log.jsonl");
  SmallTraining training;
  training.options.resume = folder / "c";
  training.options.callbacks = {&log, &table};
  CHECK_THROWS_AS(training.run(2), IoError);
  CHECK(read_bytes(folder / "log.jsonl") == lines);
}

TEST_CASE("a table goes on only with the columns that it has") {
  const TemporaryFolder folder;
  CsvLog table(folder / "log.csv");
  save_one_epoch(folder / "c", {&table});
  const std::string lines = read_bytes(folder / "log.csv");
  SmallTraining training;
  TopKAccuracy second(2);
  training.options.resume = folder / "c";
  training.options.callbacks = {&table};
  training.options.metrics.push_back(&second);
  training.options.validation.reset();
  CHECK_THROWS_WITH_AS(
      training.run(2),
      "CsvLog: the columns must be those of the file, "
      "epoch,loss,accuracy,validation_loss,validation_accuracy,learning_rate,seconds; got "
      "epoch,loss,accuracy,top_k_accuracy,learning_rate,seconds; name a new file",
      ValueError);
  CHECK(read_bytes(folder / "log.csv") == lines);
  CsvLog new_table(folder / "new.csv");
  training.options.callbacks = {&new_table};
  training.run(2);
  CHECK(read_bytes(folder / "new.csv").starts_with("epoch,loss,accuracy,top_k_accuracy,"));
}

TEST_CASE("a log that was to go on begins anew in another training") {
  const TemporaryFolder folder;
  JsonLog log(folder / "log.jsonl");
  CsvLog table(folder / "log.csv");
  Refusing refusing(false);
  save_one_epoch(folder / "c", {&log, &table, &refusing});
  {
    SmallTraining training;
    training.options.resume = folder / "c";
    training.options.callbacks = {&log, &table, &refusing};
    CHECK_THROWS_WITH_AS(training.run(2), ((folder / "c").string() + ": no such state").c_str(),
                         ValueError);
    CHECK(training.optimizer->iterations() == 0);
    CHECK(training.loader.position() == LoaderPosition{});
  }
  SmallTraining training;
  training.options.callbacks = {&log, &table};
  training.run(1);
  const std::string lines = read_bytes(folder / "log.csv");
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 2);
  CHECK(read_bytes(folder / "log.jsonl").find("start", 20) == std::string::npos);
}

TEST_CASE("callbacks that a checkpoint does not know begin anew") {
  const TemporaryFolder folder;
  save_one_epoch(folder / "c", {});
  EarlyStopping stopping({.monitor = "loss"});
  ReduceOnPlateau plateau({.monitor = "loss"});
  ModelCheckpoint best(folder / "best", {.best_of = "loss"});
  Refusing refusing(false);
  SmallTraining training;
  training.options.callbacks = {&stopping, &plateau, &best, &refusing};
  training.options.loss = [](const Tensor& y, const Batch& batch) {
    return test::class_loss(y, batch) - 1000;
  };
  training.run(1);
  CHECK(stopping.best() < -900);
  training.options.loss = test::class_loss;
  training.options.resume = folder / "c";
  training.run(2);
  CHECK(stopping.best() > 0);
  CHECK(stopping.best_epoch() == 2);
  CHECK(plateau.state().number("best") > 0);
  CHECK(best.state().number("best") > 0);
}

TEST_CASE("doctor: a second training begins anew") {
  const auto train = [](TrainingDoctor& doctor, double rate) {
    SmallTraining training("sgd", rate);
    training.options.callbacks = {&doctor};
    training.run(6);
  };
  TrainingDoctor doctor({.every = 5, .say = [](const std::string&) {}});
  train(doctor, 1e-7);
  REQUIRE(doctor.findings().size() == 1);
  train(doctor, 0.05);
  CHECK(doctor.findings().empty());
  CHECK(doctor.state().index("steps") == 30);
}

TEST_CASE("doctor: a finding that is damaged in a checkpoint is refused as such") {
  TrainingDoctor doctor;
  SavedState state = doctor.state();
  state.texts["finding/2/step"] = "third";
  state.texts["finding/2/text"] = "x";
  CHECK_THROWS_WITH_AS(doctor.set_state(state),
                       "finding/2/step: must be a whole number; got 'third'", ValueError);
  state.texts["finding/2/step"] = "3";
  doctor.set_state(state);
  REQUIRE(doctor.findings().size() == 1);
  CHECK(doctor.findings()[0].step == 3);
  CHECK(doctor.findings()[0].text == "x");
}

TEST_CASE("a checkpoint with numbers that cannot be is refused") {
  const TemporaryFolder folder;
  EarlyStopping stopping;
  save_one_epoch(folder / "c", {&stopping});
  const Safetensors whole = load_safetensors(folder / "c");
  const auto refused = [&](const char* name, const std::string& text, const std::string& message) {
    Safetensors damaged = whole;
    damaged.metadata[name] = text;
    save_safetensors(folder / "damaged", damaged);
    SmallTraining training;
    EarlyStopping untouched;
    training.options.callbacks = {&untouched};
    training.options.resume = folder / "damaged";
    CHECK_THROWS_WITH_AS(training.run(2), ((folder / "damaged").string() + ": " + message).c_str(),
                         ValueError);
    CHECK(untouched.best_epoch() == 0);
    CHECK(training.optimizer->iterations() == 0);
  };
  refused("state/loader/sample", "38",
          "Loader: sample must be in [0, 37], the samples of a pass; got 38");
  refused("state/random/streams", whole.metadata.at("state/random/streams") + " x",
          "streams: must be whole numbers >= 0; got '" + whole.metadata.at("state/random/streams") +
              " x'");
  SmallTraining training;
  TrainingRun run(*training.net, training.loader, *training.optimizer, training.options);
  SavedState state = run.state();
  state.set("epoch", std::numeric_limits<Index>::max());
  CHECK_THROWS_WITH_AS(run.set_state(state),
                       "training: a step of an epoch is needed; got step 0 of 5 in epoch "
                       "9223372036854775807",
                       ValueError);
}
