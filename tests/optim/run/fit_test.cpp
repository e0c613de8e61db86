// fit is the loop by hand, batches in pieces add up, and callbacks are told in order.
#include <doctest/doctest.h>

#include <csignal>

#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/layers/functions/constraints.h>
#include <reel/optim/run/evaluate.h>
#include <reel/optim/run/micro_batches.h>

#include "small_training.h"

using namespace reel;
using test::SmallTraining;

TEST_CASE("fit gives the bits of the loop that is written by hand") {
  SmallTraining by_fit;
  by_fit.run(3);

  SmallTraining by_hand;
  for (int epoch = 0; epoch < 3; ++epoch)
    for (const Batch& batch : by_hand.loader) {
      Tape tape;
      const Tensor y = (*by_hand.net)(batch.images, {.training = true});
      const Tensor loss = softmax_cross_entropy(y, batch.labels) + by_hand.net->total_loss();
      by_hand.optimizer->apply_gradients(
          std::move(tape).gradient(loss, by_hand.net->trainable_variables()));
      by_hand.net->apply_updates();
    }
  CHECK(test::all_numbers(by_fit) == test::all_numbers(by_hand));
}

TEST_CASE("an epoch's figures are those that evaluate gives, and stand in their order") {
  SmallTraining training;
  const History history = training.run(2);
  REQUIRE(history.epochs.size() == 2);
  std::vector<std::string> names;
  for (const Figure& figure : history.epochs[1]) names.push_back(figure.name);
  CHECK(names == std::vector<std::string>{"loss", "accuracy", "validation_loss",
                                          "validation_accuracy", "learning_rate", "seconds"});
  const auto seen = evaluate(*training.net, *training.options.validation,
                             {.loss = test::class_loss, .metrics = {&training.accuracy}});
  CHECK(figure(seen, "loss") == doctest::Approx(figure(history.epochs[1], "validation_loss")));
  CHECK(figure(seen, "accuracy") == figure(history.epochs[1], "validation_accuracy"));
  CHECK(figure(history.epochs[1], "learning_rate") == 0.05);
  CHECK(history.epoch == 2);
  CHECK(history.step == 5);
  CHECK(history.stopped == "");
  CHECK(history.signal == 0);
}

TEST_CASE("predict gives what the net makes of each sample, in order") {
  SmallTraining training;
  training.run(1);
  const Dataset data = test::striped_images(11);
  const Tensor whole = (*training.net)(data.gather({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}).images);
  const Tensor parts = predict(*training.net, data, 4);
  CHECK(parts.shape() == Shape{11, 3});
  CHECK(max(abs(parts - whole)).item() <= 1e-6);
}

// --- pieces ------------------------------------------------------------------------------------

TEST_CASE("the pieces of a batch follow one another and differ in size by at most one") {
  const Dataset data = test::striped_images(20);
  for (const Index n : {1, 2, 7, 16, 20})
    for (const Index pieces : {1, 2, 3, 7, 30}) {
      std::vector<std::int32_t> all;
      for (std::int32_t i = 0; i < n; ++i) all.push_back(i);
      const Batch batch = data.gather(all);
      Index least = n, most = 0;
      std::vector<std::int32_t> labels, positions;
      std::vector<Tensor> images;
      for (const Batch& piece : micro_batches(batch, pieces)) {
        least = std::min(least, piece.size());
        most = std::max(most, piece.size());
        labels.insert(labels.end(), piece.labels.begin(), piece.labels.end());
        positions.insert(positions.end(), piece.positions.begin(), piece.positions.end());
        images.push_back(piece.images);
      }
      CAPTURE(n);
      CAPTURE(pieces);
      CHECK(static_cast<Index>(images.size()) == std::min(n, pieces));
      CHECK(least >= 1);
      CHECK(most - least <= 1);
      CHECK(labels == batch.labels);
      CHECK(positions == batch.positions);
      CHECK(concat(images, 0).to_vector() == batch.images.to_vector());
    }
  CHECK_THROWS_WITH_AS(micro_batches(data.gather({0}), 0),
                       "micro_batches: pieces must be at least 1; got 0", ValueError);
}

namespace {

// The weights after one step on all of 10 samples, cut into pieces; the layer has a penalty of
// weights, one of outputs, and no part that looks at other samples.
std::vector<double> weights_after_a_step(Index pieces) {
  set_seed(2);
  Sequential net("pieces");
  net.add<Flatten>();
  net.add<Dense>({.units = 4,
                  .activation = "tanh",
                  .kernel_regularizer = l2(0.1),
                  .activity_regularizer = l2(0.3),
                  .dtype = float64});
  net.add<Dense>({.units = 3, .dtype = float64});
  const Dataset images =
      test::striped_images(10).map([](const Tensor& x) { return cast(x, float64); });
  Loader loader(images, {.size = 10});
  SGD sgd({.learning_rate = 0.5});
  fit(net, loader, sgd,
      {.loss = test::class_loss, .micro_batches = pieces, .interruptible = false});
  std::vector<double> numbers;
  for (const Tensor& value : net.get_weights()) {
    const std::vector<double> more = value.to_vector();
    numbers.insert(numbers.end(), more.begin(), more.end());
  }
  return numbers;
}

}  // namespace

TEST_CASE("a step on a batch in pieces is the step on the whole batch") {
  const std::vector<double> whole = weights_after_a_step(1);
  for (const Index pieces : {2, 3, 4, 10, 99}) {
    const std::vector<double> parts = weights_after_a_step(pieces);
    CAPTURE(pieces);
    REQUIRE(parts.size() == whole.size());
    for (std::size_t i = 0; i < whole.size(); ++i)
      CHECK(parts[i] == doctest::Approx(whole[i]).epsilon(1e-13));
  }
}

// --- what is told and refused ------------------------------------------------------------------

namespace {

class Listener : public Callback {
 public:
  Listener(std::string name, std::string& heard) : Callback(std::move(name)), heard_(heard) {}
  void on_start(TrainingRun&) override { say("start"); }
  void on_step(TrainingRun& run) override { say("step" + std::to_string(run.step())); }
  void on_epoch(TrainingRun& run) override { say("epoch" + std::to_string(run.epoch())); }
  void on_interrupt(TrainingRun&) override { say("interrupt"); }
  void between_steps(TrainingRun& run) override { say(run.epoch_ended() ? "between!" : "between"); }
  void on_end(TrainingRun&) override { say("end"); }

 private:
  void say(const std::string& what) { heard_ += name() + ":" + what + " "; }
  std::string& heard_;
};

}  // namespace

TEST_CASE("callbacks are told of each moment in the order of their list") {
  std::string heard;
  Listener a("a", heard), b("b", heard);
  SmallTraining training("sgd", 0.05, 16);
  training.options.callbacks = {&a, &b};
  training.run(1);
  CHECK(heard ==
        "a:start b:start a:step1 b:step1 a:between b:between a:step2 b:step2 a:epoch1 b:epoch1 "
        "a:between! b:between! a:end b:end ");
}

TEST_CASE("Ctrl-C ends the training after the step that runs, and is told before the checkpoint") {
  std::string heard;
  Listener a("a", heard);
  SmallTraining training;
  training.options.callbacks = {&a};
  training.options.interruptible = true;
  Index calls = 0;
  training.options.loss = [&](const Tensor& y, const Batch& batch) {
    if (++calls == 2) std::raise(SIGINT);
    return test::class_loss(y, batch);
  };
  const History history = training.run(4);
  CHECK(heard == "a:start a:step1 a:between a:step2 a:interrupt a:between a:end ");
  CHECK(history.signal == SIGINT);
  CHECK(history.epoch == 1);
  CHECK(history.step == 2);
  CHECK(training.optimizer->iterations() == 2);
}

TEST_CASE("a callback ends the training after the step that runs") {
  SmallTraining training;
  test::AtMoment stop([](TrainingRun& run) {
    if (run.epoch() == 2 && run.step() == 3) run.stop("enough");
    run.stop(run.stopped().empty() ? "" : "a later reason");
  });
  training.options.callbacks = {&stop};
  const History history = training.run(4);
  CHECK(history.stopped == "enough");
  CHECK(history.epochs.size() == 1);
  CHECK(training.optimizer->iterations() == 5 + 3);
}

TEST_CASE("a loss that is not finite is refused before the step") {
  SmallTraining training;
  training.options.loss = [&](const Tensor& y, const Batch& batch) {
    const Tensor loss = test::class_loss(y, batch);
    return training.optimizer->iterations() == 6 ? loss / 0.0 : loss;
  };
  std::vector<std::vector<double>> before;
  test::AtMoment look([&](TrainingRun&) { before = test::all_numbers(training); });
  training.options.callbacks = {&look};
  CHECK_THROWS_WITH_AS(
      training.run(2),
      "fit: the loss must stay finite; got inf in epoch 2, step 2; try a lower learning rate",
      ValueError);
  CHECK(test::all_numbers(training) == before);
}

TEST_CASE("options that do not fit are refused") {
  SmallTraining training;
  const auto refused = [&](const FitOptions& options, const char* message) {
    CHECK_THROWS_WITH_AS(fit(*training.net, training.loader, *training.optimizer, options), message,
                         ValueError);
  };
  FitOptions good = training.options, bad = good;
  bad.loss = {};
  refused(bad,
          "fit: a loss is needed; write .loss = [](const Tensor& y, const Batch& batch) { return "
          "softmax_cross_entropy(y, batch.labels); }, or another one");
  bad = good;
  bad.epochs = 0;
  refused(bad, "fit: epochs must be at least 1; got 0");
  bad = good;
  bad.micro_batches = 0;
  refused(bad, "fit: micro_batches must be at least 1; got 0");
  bad = good;
  Accuracy second;
  bad.metrics.push_back(&second);
  refused(bad, "fit: figures must have different names; two are called 'accuracy'");
  bad = good;
  std::string heard;
  Listener a("a", heard), b("a", heard);
  bad.callbacks = {&a, &b};
  refused(bad, "fit: callbacks must have different names; two are called 'a'");
  Listener path("a/b", heard);
  bad.callbacks = {&path};
  refused(bad, "fit: a callback's name must be a word without '/'; got 'a/b'");
  bad.callbacks = {nullptr};
  refused(bad, "fit: callbacks must be there; got a null pointer");
  bad = good;
  bad.metrics = {nullptr};
  refused(bad, "fit: metrics must be there; got a null pointer");
  bad = good;
  bad.loss = [](const Tensor& y, const Batch&) { return y; };
  refused(bad, "fit: the loss must be one number; got shape (8, 3); take its mean");
  Loader none(test::striped_images(0), {.size = 8});
  CHECK_THROWS_WITH_AS(fit(*training.net, none, *training.optimizer, good),
                       "fit: the data must have samples; dataset has none", ValueError);
  CHECK_THROWS_WITH_AS(evaluate(*training.net, test::striped_images(3), {}),
                       "evaluate: a loss or a metric is needed; got none", ValueError);
  CHECK_THROWS_WITH_AS(figure({{"loss", 1.0}, {"auc", 0.5}}, "acc"),
                       "figure: there is no 'acc'; there are loss, auc", ValueError);
}
