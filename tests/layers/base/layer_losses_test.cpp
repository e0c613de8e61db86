#include <doctest/doctest.h>

#include <optional>

#include <reel/core/derivatives/grad_check.h>
#include <reel/layers/dense.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/reports/ledger_table.h>
#include <reel/layers/scope/collections.h>
#include <reel/layers/sequential.h>

#include "ledger_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

// Two penalized layers and one that counts; on (1, 1) of ones the penalties are 0.02 and 0.09.
struct Penalized : Sequential {
  Talkative& first = add<Talkative>(LayerOptions{.activity_regularizer = "l1"});
  Talkative& second = add<Talkative>(LayerOptions{.activity_regularizer = "l2"});
  Counter& counter = add<Counter>();
};

}  // namespace

TEST_CASE("a call while all tapes are paused leaves nothing in the tape's losses") {
  const VariableStore store;
  Talkative layer(LayerOptions{.activity_regularizer = "l1"});
  const Tape tape;
  layer(ones({1, 1}));
  {
    const PauseRecording pause;
    CHECK(layer.losses().size() == 1);  // of the recorded call
    layer(ones({1, 3}));
    CHECK(layer.total_loss().item() == doctest::Approx(0.06));  // of this one
  }
  CHECK(items_of(layer.losses()).size() == 1);
  CHECK(layer.total_loss().item() == doctest::Approx(0.02));
}

TEST_CASE("a check of gradients leaves no losses, and sees those of its own calls") {
  const VariableStore store;
  Talkative layer(LayerOptions{.activity_regularizer = "l2", .dtype = float64});
  const Tensor x({0.3, -0.7, 1.1}, float64);
  const Tape tape;
  layer(x);
  const auto f = [&](const Tensor& at) {
    const Tensor y = layer(at);
    return y + layer.total_loss();
  };
  CHECK(check_gradients(f, x));
  CHECK(layer.losses().size() == 1);
}

TEST_CASE("reading losses whose functions call layers leaves losses and updates as they were") {
  const VariableStore store;
  for (const bool recorded : {true, false}) {
    Penalized net;
    const Tensor x = ones({1, 1});
    net.add_loss([&] { return sum(net.first(x) + net.counter(x, training)); });
    std::optional<Tape> tape;
    if (recorded) tape.emplace();
    net(x, training);
    for (int read = 0; read < 3; ++read) {
      CHECK(net.losses().size() == 3);
      CHECK(net.total_loss().item() == doctest::Approx(4 + 0.11));
      CHECK(net.updates().size() == 1);
    }
    net.apply_updates();
  }
}

TEST_CASE("a loss function sees what the calls before it left, not what other functions called") {
  const VariableStore store;
  for (const bool recorded : {true, false}) {
    Penalized net;
    const Tensor x = ones({1, 1});
    net.add_loss([&] { return sum(net.first(x)); });
    net.add_loss([&] { return 100.0 * (net.first.total_loss() + net.second.total_loss()); });
    std::optional<Tape> tape;
    if (recorded) tape.emplace();
    net(x);
    for (int read = 0; read < 2; ++read)
      CHECK(net.total_loss().item() == doctest::Approx(2 + 11 + 0.11));
    if (recorded) CHECK(ledger(net, *tape).total == doctest::Approx(2 + 11 + 0.11));
  }
}

TEST_CASE("a loss of many numbers counts once in the total, with their sum") {
  struct Adds : Layer {
    using Layer::Layer;
    Tensor call(const Tensor& t, const Call&) override {
      add_loss(sum(t));
      add_loss(t * t);
      return t;
    }
  };
  const VariableStore store;
  Adds layer("adds");
  for (const DType dtype : {float32, float64})
    for (Index n : {0, 1, 3}) {
      const Tensor x = full({n, 2}, 2.0, dtype);
      Tape tape;
      tape.watch(x);
      const Tensor y = layer(x);
      const Tensor loss = sum(y) + layer.total_loss();
      CHECK(loss.shape() == Shape{});
      CHECK(loss.dtype() == dtype);
      CHECK(loss.item() == 2 * n * (2 + 2 + 4));
      CHECK(tape.gradient(loss, x).to_vector() == full({n, 2}, 6.0).to_vector());
    }
}

TEST_CASE("a regularizer that gives more than one number is refused wherever it is read") {
  const VariableStore store;
  const auto squares = [](const Tensor& t) { return t * t; };
  const auto as_one = [](const Tensor& t) { return reshape(sum(t * t), {1, 1}); };
  Dense kernel({.units = 2, .kernel_regularizer = squares, .name = "kernel"});
  Dense activity({.units = 2, .activity_regularizer = squares, .name = "activity"});
  Dense fine({.units = 2, .kernel_regularizer = as_one, .activity_regularizer = as_one});
  const Tape tape;
  kernel(ones({1, 3}));
  const char* message = "kernel/kernel: a regularizer must give a scalar; got (3, 2); sum it";
  CHECK_THROWS_WITH_AS(kernel.total_loss(), message, ValueError);
  CHECK_THROWS_WITH_AS(kernel.losses(), message, ValueError);
  CHECK_THROWS_WITH_AS(collections::regularization_losses(), message, ValueError);
  CHECK_THROWS_WITH_AS(activity(ones({4, 3})),
                       "activity: a regularizer must give a scalar; got (4, 2); sum it",
                       ValueError);
  fine(ones({1, 3}));
  CHECK(fine.losses().size() == 2);
}
