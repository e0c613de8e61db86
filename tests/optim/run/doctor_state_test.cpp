// The doctor among the callbacks: what it leaves alone, and what a checkpoint keeps of it.
#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/ops.h>
#include <reel/layers/rescaling.h>
#include <reel/optim/run/model_checkpoint.h>
#include <reel/optim/run/training_doctor.h>

#include "captured_stderr.h"
#include "small_training.h"
#include "temporary_folder.h"

using namespace reel;

TEST_CASE("doctor: a training has the bits of one without it, and goes on with its state") {
  const auto trained = [](const std::vector<Callback*>& callbacks) {
    test::SmallTraining training;
    training.options.callbacks = callbacks;
    training.run(3);
    return test::all_numbers(training);
  };
  TrainingDoctor doctor({.every = 3});
  CHECK(trained({&doctor}) == trained({}));
  CHECK(doctor.findings().empty());
}

TEST_CASE("doctor: a look before the updates leaves them and the draws as they are") {
  const auto trained = [](bool is_watched) {
    test::SmallTraining training;
    TrainingDoctor doctor({.every = 2});
    for (const Batch& batch : training.loader) {
      Tape tape;
      const Tensor y = (*training.net)(batch.images, {.training = true});
      const Tensor loss = test::class_loss(y, batch) + training.net->total_loss();
      const auto gradients = tape.gradient(loss, training.net->trainable_variables());
      training.optimizer->apply_gradients(gradients);
      if (is_watched) doctor.look(*training.net, batch.images, loss);
      training.net->apply_updates();
    }
    CHECK(doctor.findings().empty());
    return test::all_numbers(training);
  };
  CHECK(trained(true) == trained(false));
}

TEST_CASE("doctor: where no kernel was seen to change none is spoken of") {
  Sequential net("net");
  net.add<Rescaling>(2);
  const Tensor x = normal({16, 2}, 0, 1, float32, {.seed = 1});
  net(x);
  TrainingDoctor doctor({.say = [](const std::string&) {}});
  for (const double loss : {1.0, 1.0, 1.0, std::nan("")}) doctor.look(net, x, loss);
  REQUIRE(doctor.findings().size() == 1);
  CHECK(doctor.findings()[0].text ==
        "rate too high: after 4 steps the loss is nan, it was 1 at the start; try a tenth of the "
        "learning rate");
}

TEST_CASE("doctor: goes on with its state, and says nothing again") {
  Sequential net("net");
  net.add<Dense>({.units = 3, .dtype = float64});
  const Tensor x = normal({16, 2}, 0, 20, float64, {.seed = 1});
  net(x);
  TrainingDoctor first, second;
  const test::CapturedStderr log;
  for (int step = 0; step < 3; ++step) first.look(net, x, 1.0);
  second.set_state(first.state());
  for (int step = 0; step < 3; ++step) second.look(net, x, 1.0);
  REQUIRE(second.findings().size() == 1);
  CHECK(second.findings()[0].text == first.findings()[0].text);
  CHECK(second.findings()[0].step == 1);
  CHECK(second.state().index("steps") == 6);
}

TEST_CASE("doctor: does not call a rate too low whose start it has not seen") {
  const TemporaryFolder folder;
  ModelCheckpoint checkpoint(folder / "at.safetensors");
  const auto trained = [](Index epochs, Callback& callback, const std::filesystem::path& resume) {
    test::SmallTraining training("sgd", 1e-7);
    training.options.callbacks = {&callback};
    training.options.resume = resume;
    training.run(epochs);
  };
  const TrainingDoctorOptions options{.every = 5, .say = [](const std::string&) {}};
  trained(1, checkpoint, {});
  TrainingDoctor from_start(options), later(options);
  trained(6, from_start, {});
  trained(6, later, folder / "at.safetensors");
  REQUIRE(from_start.findings().size() == 1);
  CHECK(from_start.findings()[0].kind == DoctorFinding::Kind::rate);
  CHECK(from_start.findings()[0].step == 20);
  CHECK(later.findings().empty());
}

TEST_CASE("a training knows the loss and the features of its last step") {
  test::SmallTraining training;
  std::vector<double> losses;
  std::vector<Shape> shapes;
  test::AtMoment look([&](TrainingRun& run) {
    losses.push_back(run.loss());
    shapes.push_back(run.features().shape());
    if (run.step() == 1) CHECK(run.loss() == run.figures()[0].value);
  });
  training.options.callbacks = {&look};
  training.options.micro_batches = 2;
  const History history = training.run(1);
  CHECK(shapes ==
        std::vector<Shape>{{4, 6, 6, 1}, {4, 6, 6, 1}, {4, 6, 6, 1}, {4, 6, 6, 1}, {2, 6, 6, 1}});
  double sum = 5 * losses[4];
  for (int step = 0; step < 4; ++step) sum += 8 * losses[static_cast<std::size_t>(step)];
  CHECK(history.epochs[0][0].value == doctest::Approx(sum / 37));
}
