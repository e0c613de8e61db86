// Callbacks that look at a figure: what they do is compared with Keras's rules, epoch by epoch.
#include <doctest/doctest.h>

#include <cmath>

#include <reel/optim/run/early_stopping.h>
#include <reel/optim/run/reduce_on_plateau.h>

#include "small_training.h"

using namespace reel;
using test::SmallTraining;

namespace {

// A metric that says what it is told to say, a number an epoch.
class Scripted : public Metric {
 public:
  Scripted(std::string name, std::vector<double> script)
      : Metric(std::move(name)), script_(std::move(script)) {}
  double result() const override { return script_[std::min(epoch_ - 1, script_.size() - 1)]; }
  void reset() override { ++epoch_; }
  std::vector<double> state() const override { return {}; }
  void set_state(ListOf<double>) override {}

 protected:
  void count(const Tensor&, ListOf<std::int32_t>, ListOf<double>) override {}

 private:
  std::vector<double> script_;
  std::size_t epoch_ = 0;
};

struct Seen {
  History history;
  std::vector<double> rates;  // after each epoch
  std::vector<std::vector<double>> kernels;
};

Seen trained(Callback& callback, const std::vector<double>& script, Index epochs,
             const std::string& name = "error") {
  SmallTraining training("sgd", 1.0);
  Scripted metric(name, script);
  Seen seen;
  test::AtMoment look([&](TrainingRun& run) {
    if (!run.epoch_ended()) return;
    seen.rates.push_back(run.optimizer.learning_rate());
    seen.kernels.push_back(training.net->get_weights()[0].to_vector());
  });
  training.options.validation.reset();
  training.options.metrics = {&metric};
  training.options.callbacks = {&callback, &look};
  seen.history = training.run(epochs);
  seen.kernels.push_back(training.net->get_weights()[0].to_vector());
  return seen;
}

}  // namespace

TEST_CASE("early stopping waits, stops and brings the best weights back") {
  EarlyStopping stopping({.monitor = "error", .patience = 2});
  const Seen seen = trained(stopping, {3, 2, 1, 1.5, 1, 0.5}, 6);
  CHECK(seen.history.epochs.size() == 5);
  CHECK(seen.history.stopped == "EarlyStopping: error did not get better than 1, that of epoch 3");
  CHECK(stopping.best() == 1);
  CHECK(stopping.best_epoch() == 3);
  CHECK(seen.kernels.back() == seen.kernels[2]);
  CHECK(seen.kernels.back() != seen.kernels[4]);
}

TEST_CASE("early stopping knows which figures are better when higher, and min_delta") {
  EarlyStopping higher({.monitor = "accuracy", .patience = 1});
  CHECK(trained(higher, {0.1, 0.2, 0.2}, 9, "accuracy").history.epochs.size() == 3);
  EarlyStopping told({.monitor = "error", .patience = 1, .better = Better::higher});
  CHECK(trained(told, {0.1, 0.2, 0.2}, 9).history.epochs.size() == 3);
  EarlyStopping small_steps({.monitor = "error", .min_delta = 0.5, .patience = 2});
  CHECK(trained(small_steps, {3, 2.6, 2.55, 2}, 9).history.epochs.size() == 3);
  EarlyStopping never({.monitor = "error", .patience = 2});
  const Seen unlucky = trained(never, {NAN, NAN, NAN}, 9);
  CHECK(unlucky.history.epochs.size() == 2);
  CHECK(unlucky.history.stopped == "EarlyStopping: error has not been a finite number yet");
  CHECK(unlucky.kernels.back() == unlucky.kernels[0]);
  EarlyStopping late({.monitor = "error"});
  CHECK(trained(late, {NAN, 2, 3}, 9).history.epochs.size() == 3);
  EarlyStopping not_a_number({.monitor = "error", .patience = 2});
  CHECK(trained(not_a_number, {NAN, 2, NAN, NAN}, 9).history.epochs.size() == 4);
  CHECK(not_a_number.best() == 2);
}

TEST_CASE("without restore_best_weights the last ones stay") {
  EarlyStopping stopping({.monitor = "error", .restore_best_weights = false});
  const Seen seen = trained(stopping, {1, 2}, 6);
  CHECK(seen.history.epochs.size() == 2);
  CHECK(seen.kernels.back() == seen.kernels[1]);
}

TEST_CASE("the rate falls on a plateau, with patience, a cooldown and a floor") {
  ReduceOnPlateau plateau({.monitor = "error",
                           .factor = 0.5,
                           .patience = 2,
                           .min_delta = 0,
                           .cooldown = 1,
                           .min_learning_rate = 0.2});
  const Seen seen = trained(plateau, {5, 5, 5, 5, 5, 5, 5, 4, 4, 4, 4, 4, 4}, 13);
  // Keras: best 5; waits 2; falls after epoch 3; 4 cools and counts; falls after 5; and so on.
  CHECK(seen.rates ==
        std::vector<double>{1, 1, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2});
}

TEST_CASE("what cannot work is said before the first step") {
  SmallTraining training;
  const auto refused = [&](Callback& callback, const char* message) {
    training.options.callbacks = {&callback};
    CHECK_THROWS_WITH_AS(training.run(1), message, ValueError);
    CHECK(training.optimizer->iterations() == 0);
  };
  EarlyStopping unknown({.monitor = "val_loss"});
  refused(unknown,
          "EarlyStopping: the figure to look at must be one of loss, accuracy, validation_loss, "
          "validation_accuracy, learning_rate, seconds; got 'val_loss'");
  ReduceOnPlateau plateau;
  training.optimizer->set_learning_rate([](Index) { return 0.1; });
  refused(plateau,
          "ReduceOnPlateau: the learning rate of SGD must be a number; it is a schedule or a "
          "function");
  CHECK_THROWS_WITH_AS(EarlyStopping({.min_delta = -1}),
                       "EarlyStopping: min_delta must be >= 0; got -1", ValueError);
  CHECK_THROWS_WITH_AS(EarlyStopping({.patience = -1}),
                       "EarlyStopping: patience must be >= 0; got -1", ValueError);
  CHECK_THROWS_WITH_AS(ReduceOnPlateau({.factor = 1}),
                       "ReduceOnPlateau: factor must be in [0, 1); got 1", ValueError);
  CHECK_THROWS_WITH_AS(ReduceOnPlateau({.patience = -1}),
                       "ReduceOnPlateau: patience must be >= 0; got -1", ValueError);
  CHECK_THROWS_WITH_AS(ReduceOnPlateau({.cooldown = -1}),
                       "ReduceOnPlateau: cooldown must be >= 0; got -1", ValueError);
  CHECK_THROWS_WITH_AS(ReduceOnPlateau({.min_learning_rate = -1}),
                       "ReduceOnPlateau: min_learning_rate must be >= 0; got -1", ValueError);
}

TEST_CASE("a callback that serves for a second training begins anew") {
  EarlyStopping stopping({.monitor = "error", .patience = 1});
  CHECK(trained(stopping, {1, 2}, 5).history.epochs.size() == 2);
  CHECK(trained(stopping, {5, 4, 3, 3}, 9).history.epochs.size() == 4);
  CHECK(stopping.best() == 3);
  ReduceOnPlateau plateau({.monitor = "error", .factor = 0.5, .patience = 1, .min_delta = 0});
  CHECK(trained(plateau, {1, 2}, 2).rates == std::vector<double>{1, 0.5});
  CHECK(trained(plateau, {5, 4}, 2).rates == std::vector<double>{1, 1});
}
