// Contract 2.7: losses, and which of them depend on what.
#include <doctest/doctest.h>

#include <reel/core/record.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/sequential.h>

#include "ledger_helpers.h"

using namespace reel;
using namespace reel::test;

// Proves: SeparableConv2DTest.test_separable_conv2d_regularizers; 2.7 order; 8.13
TEST_CASE("2.7 losses are the activity's, then the weights' in order") {
  const VariableStore store;
  SeparableConv2D layer(all_regularized());
  layer.build({Shape::unknown, 5, 5, 2});
  CHECK(items_of(layer.losses()) == Items{1, 2, 3});
  layer(ones({2, 5, 5, 2}));
  CHECK(items_of(layer.losses()) == Items{4, 1, 2, 3});  // the activity's is divided by the batch
  CHECK(layer.total_loss().item() == 10);
}

// Proves: 2.7 functions; 8.13
TEST_CASE("2.7 penalties on weights are evaluated at each read and differentiable") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 1,
                         .kernel_size = 1,
                         .use_bias = false,
                         .depthwise_initializer = ones,
                         .depthwise_regularizer = l2(0.5)});
  layer.build({1, 1, 1, 2});
  CHECK(layer.total_loss().item() == 1.0);
  layer.depthwise_kernel().assign(full({1, 1, 2, 1}, 3.0));
  CHECK(layer.total_loss().item() == 9.0);
  Tape tape;
  const Tensor loss = layer.total_loss();
  CHECK(tape.gradient(loss, layer.depthwise_kernel()).to_vector() == Items{3, 3});
}

// Proves: 2.7 total_loss
TEST_CASE("2.7 total_loss is zero in the net's dtype when there are no losses") {
  const VariableStore store;
  Sequential net;
  net.add<SeparableConv2D>({.filters = 1, .kernel_size = 1});
  CHECK(net.total_loss().dtype() == float32);
  net(ones({1, 1, 1, 1}, float64));
  CHECK(net.total_loss().dtype() == float64);
  CHECK(net.total_loss().item() == 0.0);
}

// Proves: 2.7 add_loss
TEST_CASE("2.7 add_loss takes tensors, numbers and functions; none is dropped") {
  const VariableStore store;
  Talkative layer;
  layer.in_call = [](Talkative& self, const Tensor& x) {
    self.add_loss(sum(x));
    self.add_loss(2.5);
    self.add_loss([] { return Tensor(4.0); });
    self.add_loss(Tensor());
    self.add_loss([] { return Tensor(); });
    self.add_loss({2.0 * sum(x), Tensor(), 3.0 * sum(x)}, x);
  };
  const Tensor x = ones({2, 3});
  layer(x);
  CHECK(items_of(layer.losses()) == Items{6, 2.5, 12, 18, 4});
  CHECK(items_of(layer.get_losses_for(x)) == Items{12, 18});
}

// Proves: 2.7 add_loss outside calls
TEST_CASE("2.7 a number or a function added outside a call stays with the layer") {
  const VariableStore store;
  Talkative layer;
  double value = 1;
  layer.add_loss(0.5);
  layer.add_loss([&value] { return Tensor(value); });
  layer(ones({1}));
  layer(ones({1}));
  value = 3;
  CHECK(items_of(layer.losses()) == Items{0.5, 3});
}

// Proves: 2.7 add_loss outside calls
TEST_CASE("2.7 a tensor added while building or outside of everything is refused") {
  const VariableStore store;
  Talkative layer("talk");
  CHECK_THROWS_WITH_AS(layer.add_loss(Tensor(1.0)),
                       "talk: a tensor may only be added as a loss in a call or under a tape, "
                       "since it belongs to one computation; it was added outside of both; give a "
                       "function that returns it",
                       ValueError);
  layer.in_build = [](Talkative& self) { self.add_loss(Tensor(1.0)); };
  CHECK_THROWS_WITH_AS(layer(ones({1})),
                       "talk: a tensor may only be added as a loss in a call or under a tape, "
                       "since it belongs to one computation; it was added while building; give a "
                       "function that returns it",
                       ValueError);
  CHECK_FALSE(layer.built());
  const Tape tape;
  CHECK_NOTHROW(layer.add_loss(Tensor(1.0)));
}

// Proves: 2.7 get_losses_for(inputs)
TEST_CASE("2.7 a net answers for its inputs too, with or without a tape") {
  const VariableStore store;
  Sequential net;
  net.add<Talkative>();
  net.add<Talkative>(LayerOptions{.activity_regularizer = "l1"});
  const Tensor x = ones({2, 1});
  net(x);
  CHECK(net.get_losses_for(x).size() == 1);
  const Tape tape;
  net(x);
  CHECK(net.get_losses_for(x).size() == 1);
}

// Proves: 2.7 accumulation
TEST_CASE("2.7 with no tape only the last outermost call's losses are kept") {
  const VariableStore store;
  Talkative layer(LayerOptions{.activity_regularizer = "l1"});
  layer(ones({1, 1}));
  layer(ones({1, 3}));
  CHECK(items_of(layer.losses()).size() == 1);
  CHECK(layer.total_loss().item() == doctest::Approx(0.06));
}

// Proves: 2.7 accumulation; 8.14
TEST_CASE("2.7 under a tape the losses of all calls are kept, and go with the outermost tape") {
  const VariableStore store;
  Talkative layer(LayerOptions{.activity_regularizer = "l1"});
  {
    const Tape outer;
    layer(ones({1, 1}));
    {
      const Tape inner;
      layer(ones({1, 1}));
    }
    CHECK(layer.losses().size() == 2);  // the inner tape handed its loss to the outer one
  }
  CHECK(layer.losses().empty());
  const Tape next;
  CHECK(layer.losses().empty());
}

// Proves: 2.7 order
TEST_CASE("2.7 a layer's tensors come before its functions, and those in the order of adding") {
  const VariableStore store;
  Talkative layer;
  layer.in_build = [](Talkative& self) {
    self.add_weight("w", {}, {.initializer = ones, .regularizer = l2(2)});
    self.add_loss([] { return Tensor(3.0); });
  };
  layer.in_call = [](Talkative& self, const Tensor& x) {
    self.add_loss([] { return Tensor(4.0); });
    self.add_loss(sum(x));
  };
  layer(ones({1}));
  CHECK(items_of(layer.losses()) == Items{1, 2, 3, 4});
}

// Proves: 2.7 order; 2.7 total_loss
TEST_CASE("2.7 losses are those of the layer, then of its children, depth first") {
  const VariableStore store;
  Sequential net;
  Talkative& first = net.add<Talkative>();
  Talkative& second = net.add<Talkative>();
  second.add_loss(2);
  first.add_loss(1);
  net.add_loss(0.5);
  net(ones({1}));
  CHECK(items_of(net.losses()) == Items{0.5, 1, 2});
  CHECK(net.total_loss().item() == 3.5);
}

// Proves: 2.7 conditional; 2.7 get_losses_for(none); 8.15
TEST_CASE("2.7 what was added without inputs is for none, even if it was computed from them") {
  const VariableStore store;
  Talkative layer;
  layer.in_call = [](Talkative& self, const Tensor& x) {
    self.add_loss(sum(x));
    self.add_loss(2.0 * sum(x), x);
  };
  const Tape tape;
  const Tensor x = ones({1});
  layer(x);
  CHECK(items_of(layer.get_losses_for(nullptr)) == Items{1});
  CHECK(items_of(layer.get_losses_for(x)) == Items{2});
}

// Proves: 2.7 functions
TEST_CASE("2.7 a function's loss is evaluated at each read and found through the tape") {
  const VariableStore store;
  Talkative layer;
  double factor = 1;
  layer.in_call = [&factor](Talkative& self, const Tensor& x) {
    self.add_loss([x, &factor] { return factor * sum(x); }, x);
  };
  Tape tape;
  const Tensor x = ones({3}), other = ones({3});
  tape.watch(x);
  layer(x);
  factor = 5;
  CHECK(items_of(layer.losses()) == Items{15});
  CHECK(layer.get_losses_for(x).size() == 1);
  CHECK(layer.get_losses_for(other).empty());
  CHECK(tape.gradient(layer.total_loss(), x).to_vector() == Items{5, 5, 5});
}

// Proves: 2.7 shared layers
TEST_CASE("2.7 a layer that two parents share counts once") {
  const VariableStore store;
  Sequential net("net"), branch("branch");
  Talkative& inside = branch.add<Talkative>(LayerOptions{.activity_regularizer = "l1"});
  inside.add_loss(0.5);
  net.share(branch);
  net.share(inside);
  const Tape tape;
  net(ones({1, 1}));  // which calls the layer twice
  CHECK(net.losses().size() == 3);
}

// Proves: 2.7 nested tapes, gradient penalties, recomputation
TEST_CASE("2.7 a gradient penalty neither loses nor doubles losses and updates") {
  struct Both : Layer {
    using Layer::Layer;
    Variable w;
    void create_weights(const Shape&) override {
      w = add_weight("w", {}, {.initializer = ones, .regularizer = "l2"});
    }
    Tensor call(const Tensor& x, const Call&) override {
      add_loss(sum(x), x);
      add_update(w, [](const Tensor& old) { return old + 1.0; });
      return square(x) * w;
    }
  };
  const VariableStore store;
  Both layer;
  const Tensor x = ones({2});
  Tape outer;
  Tensor dx;
  {
    Tape inner;
    inner.watch(x);
    dx = inner.gradient(layer(x), x);
  }
  const Tensor loss = sum(square(dx)) + layer.total_loss();
  const Items once{2, Tensor(0.01).item()};
  CHECK(items_of(layer.losses()) == once);
  // (2 x w)^2 twice, and the penalty on w.
  CHECK(outer.gradient(loss, layer.w).item() == doctest::Approx(16.02));
  CHECK(outer.gradient(loss, layer.w).item() == doctest::Approx(16.02));
  CHECK(items_of(layer.losses()) == once);
  CHECK(layer.updates().size() == 1);
  layer.apply_updates();
  CHECK(layer.w.value().item() == 2);
}

// Proves: 2.7 nested tapes, gradient penalties, recomputation
TEST_CASE("2.7 a recomputation leaves neither losses nor updates") {
  const VariableStore store;
  Sequential net;
  net.add<Counter>();
  net.add<Talkative>(LayerOptions{.activity_regularizer = "l1"});
  const Tape tape;
  const Tensor y = net(ones({1, 1}), training);
  {
    const Rehearsal rehearsal;
    CHECK(net(ones({1, 1}), training).to_vector() == y.to_vector());
    CHECK(net.losses().size() == 1);  // it sees its own
  }
  CHECK(net.losses().size() == 1);
  CHECK(net.updates().size() == 1);
  net.apply_updates();
}

// Proves: 2.7 nested tapes, gradient penalties, recomputation
TEST_CASE("2.7 a rule that calls a layer in the sweep leaves neither losses nor updates") {
  const VariableStore store;
  Sequential net;
  net.add<Counter>();
  net.add<Talkative>(LayerOptions{.activity_regularizer = "l1"});
  const Tensor x = ones({1, 1});
  net(x);
  Tape tape;
  tape.watch(x);
  const Tensor y = record("through_net", 1.0 * stop_gradient(x),
                          wrt(x, [&net](const Tensor& dy) { return net(dy, training); }));
  CHECK(tape.gradient(y, x).item() == 3);
  CHECK(net.losses().empty());
  CHECK(net.updates().empty());
}
