// Contract 2.9: updates of variables that wait.
#include <doctest/doctest.h>

#include <reel/core/tape.h>
#include <reel/layers/scope/collections.h>
#include <reel/layers/sequential.h>

#include "ledger_helpers.h"

using namespace reel;
using namespace reel::test;

// Proves: 2.9 add_update; 2.15 updates
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

// Proves: 2.9 apply_updates
TEST_CASE("2.9 a layer called twice under a tape moves its statistics twice, in call order") {
  const VariableStore store;
  Counter layer;
  const Tape tape;
  layer(ones({1}), training);
  layer(ones({1}), training);
  layer.apply_updates();
  CHECK(layer.count.value().item() == 3);
}

// Proves: 2.9 life
TEST_CASE("2.9 with no tape only the last outermost call's updates are kept") {
  const VariableStore store;
  Counter layer;
  layer(ones({1}), training);
  layer(ones({1}), training);
  CHECK(layer.updates().size() == 1);
  layer(ones({1}));
  CHECK(layer.updates().empty());
}

// Proves: 2.6 losses of a frozen layer; 2.9 frozen
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

// Proves: 2.9 get_updates_for
TEST_CASE("2.9 an update depends on the tensors that it is said to come from") {
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

// Proves: 2.9 get_updates_for
TEST_CASE("2.9 an update that is added outside of calls depends on no input") {
  const VariableStore store;
  Counter layer;
  layer.build({1});
  const Tape tape;
  layer.add_update(layer.count, [](const Tensor& old) { return old + 5.0; });
  CHECK(layer.get_updates_for(nullptr).size() == 1);
  CHECK(layer.get_updates_for(ones({1})).empty());
  layer.apply_updates();
  CHECK(layer.count.value().item() == 5);
}

// Proves: 2.9 add_update
TEST_CASE("2.9 an update needs a variable and a function") {
  const VariableStore store;
  Counter layer("counter");
  layer.build({1});
  const char* message = "counter: an update needs a variable and a function; got none";
  CHECK_THROWS_WITH_AS(layer.add_update(Variable(), [](const Tensor& old) { return old; }), message,
                       ValueError);
  CHECK_THROWS_WITH_AS(layer.add_update(layer.count, nullptr), message, ValueError);
}

// Proves: 2.9 life
TEST_CASE("2.9 an inner tape's updates go to the enclosing one, and only once") {
  const VariableStore store;
  Counter layer;
  const Tape outer;
  {
    const Tape inner;
    layer(ones({1}), training);
    layer.apply_updates();
  }
  CHECK(layer.updates().size() == 1);
  CHECK(layer.updates()[0].applied);
  layer.apply_updates();
  CHECK(layer.count.value().item() == 1);
}
