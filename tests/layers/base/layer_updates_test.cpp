#include <doctest/doctest.h>

#include <stdexcept>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/tape.h>
#include <reel/layers/dropout.h>
#include <reel/layers/scope/get_variable.h>
#include <reel/layers/sequential.h>

#include "captured_stderr.h"
#include "ledger_helpers.h"

using namespace reel;
using namespace reel::test;

TEST_CASE("applying updates is not recorded") {
  const VariableStore store;
  Counter layer;
  const Tape tape;
  layer(ones({1}), training);
  const Index nodes = tape.size();
  layer.apply_updates();
  CHECK(tape.size() == nodes);
}

// Proves: 2.9 forgotten
TEST_CASE("updates that are never applied are worth one warning a model") {
  const VariableStore store;
  CapturedStderr log;
  {
    Sequential net("cnn");
    net.add<Counter>();
    net.add<Counter>("second");
    for (int step = 0; step < 3; ++step) {
      const Tape tape;
      net(ones({1}), training);
      net(ones({1}), training);
    }
  }
  CHECK(log.text() ==
        "reel: warning: cnn: updates were recorded but never applied: cnn/counter/count, "
        "cnn/second/count; call apply_updates() on it after the optimizer's step, inside the "
        "tape's block\n");
}

// Proves: 2.9 forgotten
TEST_CASE("no warning for applied updates, frozen layers, nested tapes or an exception") {
  const VariableStore store;
  CapturedStderr log;
  Counter layer;
  {
    const Tape outer;
    {
      const Tape inner;
      layer(ones({1}), training);
    }
    CHECK(layer.updates().size() == 1);
    layer.apply_updates();
  }
  {
    const Tape tape;
    layer(ones({1}), training);
    layer.set_trainable(false);
  }
  layer.set_trainable(true);
  try {
    const Tape tape;
    layer(ones({1}), training);
    throw std::runtime_error("stop");
  } catch (const std::runtime_error&) {
  }
  CHECK(layer.updates().empty());
  CHECK(log.text() == "");
}

TEST_CASE("a numerical check of a training call leaves neither updates nor a warning") {
  const VariableStore store;
  CapturedStderr log;
  Counter layer(LayerOptions{.dtype = float64});
  const auto f = [&](const Tensor& x) { return layer(square(x), training); };
  CHECK(check_gradients(f, Tensor({1.0, 2.0}, float64)));
  CHECK(layer.updates().empty());
  CHECK(layer.count.value().item() == 0);
  CHECK(log.text() == "");
}

TEST_CASE("an update outlives its layer until the tape ends") {
  const VariableStore store;
  CapturedStderr log;
  {
    const Tape tape;
    Counter layer("short");
    layer(ones({1}), training);
  }
  CHECK(log.text().starts_with("reel: warning: short: updates were recorded"));
}

TEST_CASE("what a call adds while it pauses the tape goes with the call") {
  struct Pausing : Layer {
    using Layer::Layer;
    Variable total;
    void create_weights(const Shape&) override {
      total = add_weight("total", {}, {.initializer = zeros, .trainable = false});
    }
    Tensor call(const Tensor& x, const Call&) override {
      const PauseRecording pause;
      const Tensor batch = sum(x);
      add_update(total, [batch](const Tensor& old) { return old + batch; });
      return x;
    }
  };
  const VariableStore store;
  Pausing layer;
  const Tape tape;
  layer(ones({2}));
  layer(ones({3}));
  CHECK(layer.updates().size() == 2);
  layer.apply_updates();
  CHECK(layer.total.value().item() == 5);
}

TEST_CASE("an update runs in the scope and the mode of the call that added it, as losses do") {
  struct Asking : Layer {
    using Layer::Layer;
    Variable total;
    Dropout& drop = child<Dropout>({.rate = 0.5});
    std::string found;
    bool drops = false;
    void create_weights(const Shape&) override {
      total = add_weight("total", {}, {.initializer = zeros, .trainable = false});
    }
    Tensor call(const Tensor& x, const Call&) override {
      const VariableScope scope("inner", {.reuse = Reuse::automatic});
      get_variable("seen", {}, {.trainable = false});
      add_update(total, [this](const Tensor& old) {
        found = get_variable("seen", {}, {.trainable = false}).name();
        drops = min(drop(ones({100}))).item() == 0;
        return old;
      });
      return x;
    }
  };
  const VariableStore store;
  Asking layer("asking");
  for (const bool trains : {true, false}) {
    const Tape tape;
    layer(ones({2}), {.training = trains});
    const VariableScope elsewhere("elsewhere", {.reuse = Reuse::automatic});
    layer.apply_updates();
    CHECK(layer.found == "asking/inner/seen");
    CHECK(layer.drops == trains);
  }
}

TEST_CASE("an update may call layers: those that wait behind it stay, with a tape and without") {
  const VariableStore store;
  Counter other("other"), counter("counter");
  Talkative layer("layer");
  layer.in_call = [&](Talkative& self, const Tensor& x) {
    for (int i = 0; i < 9; ++i)
      self.add_update(counter.count, [&, x](const Tensor& old) {
        return old + sum(other(x, training));  // 2 each, twice
      });
  };
  counter(ones({2}));
  layer(ones({2}), training);
  layer.apply_updates();
  CHECK(counter.count.value().item() == 36);
  CHECK(layer.updates().size() == 9);
  const Tape tape;
  layer(ones({2}), training);
  layer.apply_updates();
  layer.apply_updates();
  CHECK(counter.count.value().item() == 72);
}
