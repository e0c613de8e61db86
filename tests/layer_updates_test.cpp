#include <doctest/doctest.h>

#include <stdexcept>

#include <reel/core/collections.h>
#include <reel/core/grad_check.h>
#include <reel/layers/sequential.h>

#include "captured_stderr.h"
#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

// Counts its training calls in a weight: 2 * count + 1, so that the order of updates shows.
struct Counter : Layer {
  using Layer::Layer;
  Variable count;
  void create_weights(const Shape&) override {
    count = add_weight("count", {}, {.dtype = float32, .initializer = zeros, .trainable = false});
  }
  Tensor call(const Tensor& x, const Call& call) override {
    if (call.training) add_update(count, [](const Tensor& old) { return old * 2.0 + 1.0; });
    return x + 1.0;
  }
};

const Call training{.training = true};

}  // namespace

TEST_CASE("2.9 updates wait until they are applied, and are applied once") {
  const VariableStore store;
  Counter layer;
  layer(ones({1}), training);
  CHECK(layer.count.value().item() == 0);
  CHECK(layer.updates().size() == 1);
  CHECK_FALSE(layer.updates()[0].applied);
  layer.apply_updates();
  layer.apply_updates();
  CHECK(layer.count.value().item() == 1);
  CHECK(layer.updates()[0].applied);
  CHECK(layer.updates()[0].owner == "counter");
}

TEST_CASE("a layer called twice under a tape moves its statistics twice, in call order") {
  const VariableStore store;
  Counter layer;
  const Tape tape;
  layer(ones({1}), training);
  layer(ones({1}), training);
  layer.apply_updates();
  CHECK(layer.count.value().item() == 3);
}

TEST_CASE("with no tape only the last outermost call's updates are kept") {
  const VariableStore store;
  Counter layer;
  layer(ones({1}), training);
  layer(ones({1}), training);
  CHECK(layer.updates().size() == 1);
  layer(ones({1}));
  CHECK(layer.updates().empty());
}

TEST_CASE("applying updates is not recorded") {
  const VariableStore store;
  Counter layer;
  const Tape tape;
  layer(ones({1}), training);
  const Index nodes = tape.size();
  layer.apply_updates();
  CHECK(tape.size() == nodes);
}

TEST_CASE("2.9 a frozen layer has no updates, and a parent applies its children's") {
  const VariableStore store;
  Sequential net;
  Counter& first = net.add<Counter>();
  Counter& second = net.add<Counter>();
  net(ones({1}), training);
  CHECK(net.updates().size() == 2);
  CHECK(collections::update_ops().size() == 2);
  second.set_trainable(false);
  CHECK(net.updates().size() == 1);
  CHECK(collections::update_ops().size() == 1);
  net.apply_updates();
  CHECK(first.count.value().item() == 1);
  CHECK(second.count.value().item() == 0);
}

TEST_CASE("7.4 testGetUpdateFor") {
  struct MyLayer : Layer {
    using Layer::Layer;
    Variable a, b;
    void create_weights(const Shape&) override {
      a = add_weight("a", {}, {.dtype = float32, .trainable = false});
      b = add_weight("b", {}, {.dtype = float32, .trainable = false});
      add_update(a, [](const Tensor& old) { return old + 1.0; });
    }
    Tensor call(const Tensor& x, const Call&) override {
      add_update(a, [x](const Tensor& old) { return old + sum(x); });
      return x + 1.0;
    }
  };
  const VariableStore store;
  MyLayer layer("my_layer");
  {
    const Tape tape;
    const Tensor inputs = ones({1}), intermediate = inputs + 1.0;
    const Tensor outputs = layer(intermediate);
    CHECK(layer.updates().size() == 2);
    CHECK(layer.get_updates_for(nullptr).size() == 1);
    CHECK(layer.get_updates_for(inputs).size() == 1);
    CHECK(layer.get_updates_for(intermediate).size() == 1);
    CHECK(layer.get_updates_for(outputs).empty());
    const Tensor inputs_2 = ones({1}), intermediate_2 = inputs_2 + 1.0;
    const Tensor outputs_2 = layer(intermediate_2);
    CHECK(layer.updates().size() == 3);
    CHECK(layer.get_updates_for(nullptr).size() == 1);
    CHECK(layer.get_updates_for(inputs_2).size() == 1);
    CHECK(layer.get_updates_for(intermediate_2).size() == 1);
    CHECK(layer.get_updates_for(outputs_2).empty());
    layer.apply_updates();
  }
}

TEST_CASE("an update depends on the tensors that it is said to come from") {
  struct Statistics : Layer {
    using Layer::Layer;
    Variable mean;
    void create_weights(const Shape&) override { mean = add_weight("mean", {}, {}); }
    Tensor call(std::span<const Tensor> xs, const Call&) override {
      const Tensor batch_mean = reel::mean(xs[0]);
      add_update(mean, [batch_mean](const Tensor&) { return batch_mean; }, {batch_mean});
      return xs[0] + xs[1];
    }
  };
  const VariableStore store;
  Statistics layer;
  const Tensor a = ones({2}), b = ones({2});
  const Tape tape;
  layer({a, b});
  CHECK(layer.get_updates_for(a).size() == 1);
  CHECK(layer.get_updates_for(b).empty());
  layer.apply_updates();
}

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
