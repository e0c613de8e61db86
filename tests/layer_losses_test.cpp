#include <doctest/doctest.h>

#include <reel/core/collections.h>
#include <reel/core/grad_check.h>
#include <reel/layers/regularizers.h>
#include <reel/layers/separable_conv2d.h>
#include <reel/layers/sequential.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

using Items = std::vector<double>;

SeparableConv2DOptions all_regularized() {
  const auto counts_as = [](double value) {
    return Regularizer([value](const Tensor& x) { return value + 0.0 * sum(x); });
  };
  return {.filters = 3,
          .kernel_size = 3,
          .depthwise_regularizer = counts_as(1),
          .pointwise_regularizer = counts_as(2),
          .bias_regularizer = counts_as(3),
          .activity_regularizer = counts_as(8)};
}

// Adds what its members say in build and call.
struct Talkative : Layer {
  using Layer::Layer;
  std::function<void(Talkative&)> in_build = [](Talkative&) {};
  std::function<void(Talkative&, const Tensor& x)> in_call = [](Talkative&, const Tensor&) {};
  void create_weights(const Shape&) override { in_build(*this); }
  Tensor call(const Tensor& x, const Call&) override {
    in_call(*this, x);
    return x + 1.0;
  }
};

}  // namespace

TEST_CASE("2.7 losses are the activity's, then the weights' in order") {
  const VariableStore store;
  SeparableConv2D layer(all_regularized());
  layer.build({Shape::unknown, 5, 5, 2});
  CHECK(items_of(layer.losses()) == Items{1, 2, 3});
  layer(ones({2, 5, 5, 2}));
  CHECK(items_of(layer.losses()) == Items{4, 1, 2, 3});  // the activity's is divided by the batch
  CHECK(layer.total_loss().item() == 10);
}

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

TEST_CASE("2.8 an activity regularizer may be set later, and by name") {
  const VariableStore store;
  Talkative layer(LayerOptions{.activity_regularizer = "l1"});
  layer(ones({4, 1}));
  CHECK(layer.total_loss().item() == doctest::Approx(0.02));
  layer.set_activity_regularizer("l2");
  layer(ones({4, 1}));
  CHECK(layer.total_loss().item() == doctest::Approx(0.04));
  CHECK_THROWS_AS(layer.set_activity_regularizer("l3"), ValueError);
}

TEST_CASE("2.8 an empty batch has no activity loss") {
  const VariableStore store;
  Talkative layer(LayerOptions{.activity_regularizer = "l2"});
  layer(ones({0, 3}));
  CHECK(layer.total_loss().item() == 0);
}

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

TEST_CASE("total_loss is zero in the net's dtype when there are no losses") {
  const VariableStore store;
  Sequential net;
  net.add<SeparableConv2D>({.filters = 1, .kernel_size = 1});
  CHECK(net.total_loss().dtype() == float32);
  net(ones({1, 1, 1, 1}, float64));
  CHECK(net.total_loss().dtype() == float64);
  CHECK(net.total_loss().item() == 0.0);
}

TEST_CASE("2.7 add_loss takes tensors, numbers and functions; none is dropped") {
  const VariableStore store;
  Talkative layer;
  layer.in_call = [](Talkative& self, const Tensor& x) {
    self.add_loss(sum(x));
    self.add_loss(2.5);
    self.add_loss([] { return Tensor(4.0); });
    self.add_loss(Tensor());
    self.add_loss([] { return Tensor(); });
  };
  layer(ones({2, 3}));
  CHECK(items_of(layer.losses()) == Items{6, 2.5, 4});
}

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

TEST_CASE("a tensor added while building or outside of everything is refused") {
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

TEST_CASE("7.4 testGetLossesFor") {
  const VariableStore store;
  Talkative layer("my_layer");
  layer.in_build = [](Talkative& self) { self.add_loss([] { return Tensor(1.0); }); };
  layer.in_call = [](Talkative& self, const Tensor& x) { self.add_loss(sum(x), x); };
  const Tape tape;
  const Tensor inputs = ones({1}), intermediate = inputs + 1.0;
  const Tensor outputs = layer(intermediate);
  CHECK(layer.losses().size() == 2);
  CHECK(layer.get_losses_for(nullptr).size() == 1);
  CHECK(layer.get_losses_for(inputs).size() == 1);
  CHECK(layer.get_losses_for(intermediate).size() == 1);
  CHECK(layer.get_losses_for(outputs).empty());
  // A second call on a new input makes one more conditional loss.
  const Tensor inputs_2 = ones({1}), intermediate_2 = inputs_2 + 1.0;
  const Tensor outputs_2 = layer(intermediate_2);
  CHECK(layer.losses().size() == 3);
  CHECK(layer.get_losses_for(nullptr).size() == 1);
  CHECK(layer.get_losses_for(inputs_2).size() == 1);
  CHECK(layer.get_losses_for(intermediate_2).size() == 1);
  CHECK(layer.get_losses_for(outputs_2).empty());
  CHECK(layer.get_losses_for(inputs).size() == 1);
  CHECK(layer.get_losses_for(std::vector{inputs, inputs_2}).size() == 2);
}

TEST_CASE("7.4 testActivityRegularizer: without a tape a call answers for its own inputs") {
  const VariableStore store;
  SeparableConv2D layer(all_regularized());
  const Tensor x = ones({2, 5, 5, 2}), other = ones({2, 5, 5, 2});
  layer(x);
  CHECK(items_of(layer.get_losses_for(x)) == Items{4});
  CHECK(layer.get_losses_for(other).empty());
  CHECK(items_of(layer.get_losses_for(nullptr)) == Items{1, 2, 3});
}

TEST_CASE("a net answers for its inputs too, with or without a tape") {
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

TEST_CASE("with no tape only the last outermost call's losses are kept") {
  const VariableStore store;
  Talkative layer(LayerOptions{.activity_regularizer = "l1"});
  layer(ones({1, 1}));
  layer(ones({1, 3}));
  CHECK(items_of(layer.losses()).size() == 1);
  CHECK(layer.total_loss().item() == doctest::Approx(0.06));
}

TEST_CASE("under a tape the losses of all calls are kept, and go with the outermost tape") {
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

TEST_CASE("a gradient penalty neither loses nor doubles losses") {
  const VariableStore store;
  SeparableConv2D layer(all_regularized());
  const Tensor x = ones({2, 5, 5, 2});
  Tape outer;
  Tensor dx;
  {
    Tape inner;
    inner.watch(x);
    dx = inner.gradient(layer(x), x);
  }
  const Tensor loss = sum(square(dx)) + layer.total_loss();
  CHECK(layer.losses().size() == 4);
  CHECK_NOTHROW(outer.gradient(loss, layer.depthwise_kernel()));
  CHECK(layer.losses().size() == 4);
}

TEST_CASE("7.7 test_regularization_shared_layer: five losses") {
  const VariableStore store;
  SeparableConv2D shared({.filters = 2,
                          .kernel_size = 1,
                          .depthwise_regularizer = "l2",
                          .activity_regularizer = "l1"});
  const Tape tape;
  const Tensor a = shared(ones({1, 1, 1, 2})), b = shared(zeros({1, 1, 1, 2}));
  shared.add_loss(sum(a), a);
  shared.add_loss(sum(b), b);
  CHECK(shared.losses().size() == 5);
}

TEST_CASE("2.6 losses of a frozen layer stay") {
  const VariableStore store;
  SeparableConv2D layer(all_regularized());
  layer.build({1, 5, 5, 2});
  layer.set_trainable(false);
  CHECK(layer.losses().size() == 3);
}

TEST_CASE("2.4 weight regularizers and activity losses are in the collection") {
  const VariableStore store;
  SeparableConv2D layer(all_regularized());
  const Tape tape;
  layer(ones({2, 5, 5, 2}));
  CHECK(items_of(collections::regularization_losses()) == Items{1, 2, 3, 4});
  CHECK(layer.losses()[0].id() == collections::regularization_losses()[3].id());
}

TEST_CASE("2.5 a variable that two layers share has one penalty, its maker's") {
  const VariableStore store;
  SeparableConv2DOptions options = all_regularized();
  options.scope = "conv";
  SeparableConv2D first(options);
  first.build({1, 5, 5, 2});
  options.reuse = true;
  SeparableConv2D second(options);
  second.build({1, 5, 5, 2});
  CHECK(second.variables() == first.variables());
  CHECK(first.losses().size() == 3);
  CHECK(second.losses().empty());
  CHECK(collections::regularization_losses().size() == 3);
}

TEST_CASE("a scope's regularizer is in the collection but not in the layer's losses") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 1, .kernel_size = 1, .use_bias = false});
  {
    const VariableScope scope("scope", {.regularizer = "l2"});
    layer.build({1, 1, 1, 1});
  }
  CHECK(layer.losses().empty());
  CHECK(collections::regularization_losses().size() == 2);
}
