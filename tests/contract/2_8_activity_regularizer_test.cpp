// Contract 2.8: the activity regularizer.
#include <doctest/doctest.h>

#include <reel/core/tape.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/functions/regularizers.h>

#include "ledger_helpers.h"

using namespace reel;
using namespace reel::test;

// Proves: 2.8 value; 8.12
TEST_CASE("2.8 the activity's loss is divided by the batch, the weights' are not") {
  const VariableStore store;
  struct Fives : Layer {
    using Layer::Layer;
    void create_weights(const Shape&) override {
      kernel = add_weight("kernel", {5, 5}, {.initializer = ones, .regularizer = l1(0.01)});
    }
    Tensor call(const Tensor& x, const Call&) override { return matmul(x, kernel); }
    Variable kernel;
  };
  Fives dense(LayerOptions{.activity_regularizer = l2(0.01)});
  dense(full({5, 5}, 2.0));  // outputs are all 10
  CHECK(dense.total_loss().item() == doctest::Approx(5.25));
}

// Proves: 1.1.16 activity_regularizer; 2.8 setter
TEST_CASE("2.8 an activity regularizer may be set later, and by name") {
  const VariableStore store;
  Talkative layer(LayerOptions{.activity_regularizer = "l1"});
  layer(ones({4, 1}));
  CHECK(layer.total_loss().item() == doctest::Approx(0.02));
  layer.set_activity_regularizer("l2");
  layer(ones({4, 1}));
  CHECK(layer.total_loss().item() == doctest::Approx(0.04));
  CHECK_THROWS_WITH_AS(layer.set_activity_regularizer("l3"),
                       "talkative: activity_regularizer: Unknown regularizer: 'l3'; known are l1, "
                       "L1, l2, L2, l1_l2, L1L2, orthogonal_regularizer, OrthogonalRegularizer; a "
                       "function can be given instead",
                       ValueError);
  CHECK(layer.activity_regularizer() == l2());  // as before
  layer.set_activity_regularizer(nullptr);
  layer(ones({4, 1}));
  CHECK(layer.losses().empty());
}

TEST_CASE("2.8 a name is resolved when the layer is built, so that a call changes nothing") {
  const VariableStore store;
  Talkative layer(LayerOptions{.activity_regularizer = "l2"});
  layer.build(Shape{2, 3});
  CHECK(layer.activity_regularizer().resolved());
}

// Proves: 2.8 empty batch
TEST_CASE("2.8 an empty batch has no activity loss") {
  const VariableStore store;
  Talkative layer(LayerOptions{.activity_regularizer = "l2"});
  layer(ones({0, 3}));
  CHECK(layer.total_loss().item() == 0);
}

// Proves: 2.8 each call
TEST_CASE("2.8 every call adds a loss, conditional on its own input") {
  const VariableStore store;
  Talkative layer(LayerOptions{.activity_regularizer = l1(1)});
  const Tape tape;
  const Tensor a = ones({1, 1}), b = 2.0 * a;
  layer(a);
  layer(b);
  CHECK(items_of(layer.losses()) == Items{2, 3});
  CHECK(items_of(layer.get_losses_for(b)) == Items{3});
  CHECK(items_of(layer.get_losses_for(a)) == Items{2, 3});  // b was made from a
  CHECK(layer.get_losses_for(nullptr).empty());
}

// Proves: 2.1 the activity regularizer; 2.8 value
TEST_CASE("2.8 the batch is axis 0 in both data formats, and the output is the activated one") {
  for (const char* format : {"channels_last", "channels_first"}) {
    const VariableStore store;
    SeparableConv2D layer({.filters = 2,
                           .kernel_size = 1,
                           .data_format = format,
                           .activation = [](const Tensor& y) { return 0.0 * y + 1.0; },
                           .activity_regularizer = l1(1)});
    layer(ones({4, 3, 3, 3}));
    CHECK(layer.total_loss().item() == 2 * 3 * 3);
  }
}

// Proves: 2.8 empty batch
TEST_CASE("2.8 an output without a batch axis is refused") {
  const VariableStore store;
  Talkative layer(LayerOptions{.activity_regularizer = "l1", .name = "talk"});
  CHECK_THROWS_WITH_AS(
      layer(Tensor(1.0)),
      "talk: an activity regularizer needs an output with a batch axis; got a scalar", ValueError);
}
