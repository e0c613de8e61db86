// Contract 2.6: lists of variables and the trainable switch.
#include <doctest/doctest.h>

#include <reel/core/tape.h>
#include <reel/layers/sequential.h>

#include "ledger_helpers.h"

using namespace reel;
using namespace reel::test;

// Proves: 2.6 trainable_weights, non_trainable_weights, weights
TEST_CASE("2.6 lists of variables: own first, then children's; trainable ones first") {
  const VariableStore store;
  Mixed layer("m");
  layer(ones({1, 2}));
  CHECK(names_of(layer.trainable_variables()) ==
        Names{"m/scale", "m/first/w", "m/first/b", "m/second/w", "m/second/b"});
  CHECK(names_of(layer.non_trainable_variables()) == Names{"m/moving"});
  CHECK(names_of(layer.variables()).back() == "m/moving");
}

// Proves: 2.6 the setter
TEST_CASE("2.6 freezing a child moves its variables, freezing the parent moves all") {
  const VariableStore store;
  Mixed layer("m");
  layer(ones({1, 2}));
  layer.first.set_trainable(false);
  CHECK(layer.trainable_variables().size() == 3);
  CHECK(layer.non_trainable_variables().size() == 3);
  CHECK(layer.trainable());
  layer.set_trainable(false);
  CHECK_FALSE(layer.second.trainable());
  CHECK(layer.trainable_variables().empty());
  CHECK(names_of(layer.variables()) ==
        Names{"m/scale", "m/moving", "m/first/w", "m/first/b", "m/second/w", "m/second/b"});
  layer.second.set_trainable(true);  // a frozen parent says no for all below
  CHECK(layer.trainable_variables().empty());
  layer.set_trainable(true);
  CHECK(layer.trainable_variables().size() == 5);
}

// Proves: 2.6 tapes; 8.11
TEST_CASE("2.6 a tape still watches the variables of a frozen layer") {
  const VariableStore store;
  Affine layer;
  layer.build({1, 2});
  layer.set_trainable(false);
  Tape tape;
  const Tensor y = layer(ones({1, 2}));
  CHECK(tape.gradient(y, layer.w).to_vector() == std::vector<double>{1, 1});
}

// Proves: 2.6 losses of a frozen layer; 8.11
TEST_CASE("2.6 losses of a frozen layer stay") {
  const VariableStore store;
  SeparableConv2D layer(all_regularized());
  layer.build({1, 5, 5, 2});
  layer.set_trainable(false);
  CHECK(layer.losses().size() == 3);
}

// Proves: 2.6 each once
TEST_CASE("2.6 a variable that is found twice is listed once") {
  const VariableStore store;
  Sequential net("net");
  Affine& inside = net.add<Affine>();
  net.share(inside);
  Sequential outer("outer");
  outer.share(net);
  outer.share(inside);
  net(ones({1, 2}));
  CHECK(names_of(outer.variables()) == Names{"net/affine/w", "net/affine/b"});
  inside.set_trainable(false);
  CHECK(outer.variables().size() == 2);
  CHECK(outer.trainable_variables().empty());
}

// Proves: 2.6 get_weights, set_weights
TEST_CASE("2.6 freezing changes the order of the lists, but not of get_weights and set_weights") {
  const VariableStore store;
  Mixed layer("m");
  layer(ones({1, 2}));
  CHECK(names_of(layer.variables())[1] == "m/first/w");
  layer.set_trainable(false);
  CHECK(names_of(layer.variables())[1] == "m/moving");
  layer.non_trainable_variables()[1].assign(Tensor(5.0));
  std::vector<Tensor> weights = layer.get_weights();
  CHECK(weights.back().item() == 5);
  weights.back() = Tensor(7.0);
  layer.set_weights(weights);
  CHECK(layer.non_trainable_variables()[1].value().item() == 7);
}

// Proves: 2.6 the setter
TEST_CASE("2.6 a frozen parent has no updates, whatever its children say") {
  const VariableStore store;
  Sequential net;
  Counter& counter = net.add<Counter>();
  net(ones({1}), training);
  net.set_trainable(false);
  counter.set_trainable(true);
  CHECK(net.updates().empty());
  CHECK(counter.updates().size() == 1);
  net.apply_updates();
  CHECK(counter.count.value().item() == 0);
}
