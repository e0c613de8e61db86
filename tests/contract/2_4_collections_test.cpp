// Contract 2.4: the collections of TensorFlow 1.
#include <doctest/doctest.h>

#include <reel/core/tape.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/scope/collections.h>

#include "ledger_helpers.h"

using namespace reel;
using namespace reel::test;

// Proves: 2.4 GLOBAL_VARIABLES; 2.4 TRAINABLE_VARIABLES; 2.15 collections; 8.11
TEST_CASE("2.4 collections live with the variables") {
  const VariableStore store;
  {
    Affine layer;
    layer(ones({1, 2}));
    layer.set_trainable(false);
    CHECK(collections::trainable_variables().size() == 2);  // freezing takes none away
  }
  CHECK(collections::global_variables().empty());
}

// Proves: 2.4 REGULARIZATION_LOSSES; 2.8 collection
TEST_CASE("2.4 weight regularizers and activity losses are in the collection") {
  const VariableStore store;
  SeparableConv2D layer(all_regularized());
  const Tape tape;
  layer(ones({2, 5, 5, 2}));
  CHECK(items_of(collections::regularization_losses()) == Items{1, 2, 3, 4});
  CHECK(layer.losses()[0].id() == collections::regularization_losses()[3].id());
}

// Proves: 2.4 a scope's regularizer
TEST_CASE("2.4 a scope's regularizer is in the collection but not in the layer's losses") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 1, .kernel_size = 1, .use_bias = false});
  {
    const VariableScope scope("scope", {.regularizer = "l2"});
    layer.build({1, 1, 1, 1});
  }
  CHECK(layer.losses().empty());
  CHECK(collections::regularization_losses().size() == 2);
}

// Proves: 2.4 GLOBAL_VARIABLES; 2.4 TRAINABLE_VARIABLES
TEST_CASE("2.4 variables are in the order of their creation, trainable or not") {
  const VariableStore store;
  Mixed layer("m");
  layer(ones({1, 2}));
  CHECK(names_of(collections::global_variables()) ==
        Names{"m/moving", "m/scale", "m/first/w", "m/first/b", "m/second/w", "m/second/b"});
  CHECK(names_of(collections::trainable_variables()) ==
        Names{"m/scale", "m/first/w", "m/first/b", "m/second/w", "m/second/b"});
}

// Proves: 2.4 UPDATE_OPS; 2.15 collections
TEST_CASE("2.4 updates of all layers are in the order of the calls and go with the tape") {
  const VariableStore store;
  Counter a("a"), b("b");
  {
    const Tape tape;
    b(ones({1}), training);
    a(ones({1}), training);
    b(ones({1}), training);
    Names owners;
    for (const Update& update : collections::update_ops()) owners.push_back(update.owner);
    CHECK(owners == Names{"b", "a", "b"});
    a.apply_updates();
    b.apply_updates();
  }
  CHECK(collections::update_ops().empty());
}

// Proves: 2.4 REGULARIZATION_LOSSES; 2.15 collections
TEST_CASE("2.4 losses of calls go with the outermost tape, penalties on weights stay") {
  const VariableStore store;
  SeparableConv2D layer(all_regularized());
  {
    const Tape tape;
    layer(ones({2, 5, 5, 2}));
    layer(ones({2, 5, 5, 2}));
    CHECK(items_of(collections::regularization_losses()) == Items{1, 2, 3, 4, 4});
  }
  CHECK(items_of(collections::regularization_losses()) == Items{1, 2, 3});
}
