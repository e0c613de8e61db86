// Contract 2.2: the names of layers and of their variables.
#include <doctest/doctest.h>

#include <reel/core/inspect/graph.h>
#include <reel/core/tape.h>
#include <reel/layers/base/naming.h>
#include <reel/layers/scope/collections.h>
#include <reel/layers/scope/functional_form.h>
#include <reel/layers/separable_conv2d.h>

#include "layer_helpers.h"
#include "small_separable.h"

using namespace reel;
using namespace reel::test;

// Proves: test_layer_names; 2.2 unnamed, first and second; 8.9
TEST_CASE("2.2 layer.name and scope name differ") {
  const VariableStore store;
  Affine first, second;
  CHECK(first.name() == "affine_1");
  CHECK(second.name() == "affine_2");
  first(ones({1, 2}));
  second(ones({1, 2}));
  CHECK(first.scope_name() == "affine");
  CHECK(second.scope_name() == "affine_1");
  CHECK(names_of(second.variables()) == Names{"affine_1/w", "affine_1/b"});
}

// Proves: 2.2 snake case
TEST_CASE("2.2 class names become snake case") {
  CHECK(detail::snake_case("SeparableConv2D") == "separable_conv2d");
  CHECK(detail::snake_case("GlobalAveragePooling2D") == "global_average_pooling2d");
  CHECK(detail::snake_case("MyLSTMCell") == "my_lstm_cell");
  CHECK(detail::snake_case("dense") == "dense");
  CHECK(detail::class_name(typeid(Mixed)) == "Mixed");
  CHECK(detail::class_name(typeid(std::vector<std::vector<int>>)) == "vector");
}

// Proves: 2.2 graph; 8.34
TEST_CASE("2.2 graph is the number of the tape of the last call") {
  const VariableStore store;
  Affine layer;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  layer(ones({1, 1}));
  CHECK_FALSE(layer.graph().has_value());
  const Tape tape;
  layer(ones({1, 1}));
  CHECK(layer.graph() == graph_serial());
#pragma GCC diagnostic pop
}

// Proves: 2.2 named; 8.9
TEST_CASE("2.2 an explicit name is made unique in the scope but not in layer.name") {
  const VariableStore store;
  SeparableConv2D first(named("conv")), second(named("conv")), third(named("conv"));
  for (SeparableConv2D* layer : {&first, &second, &third}) (*layer)(image);
  CHECK(second.name() == "conv");
  CHECK(first.scope_name() == "conv");
  CHECK(second.scope_name() == "conv_1");
  CHECK(third.scope_name() == "conv_2");
}

// Proves: 2.2 order of numbers
TEST_CASE("2.2 scopes are numbered in the order of first use, not of construction") {
  const VariableStore store;
  SeparableConv2D first(small), second(small);
  second(image);
  first(image);
  CHECK(second.scope_name() == "separable_conv2d");
  CHECK(first.scope_name() == "separable_conv2d_1");
}

// Proves: NameScopingTest (all); 2.2 inside a variable scope
TEST_CASE("2.2 a variable scope stands in front and numbers its own names") {
  const VariableStore store;
  SeparableConv2D outside(small), inside(small), other(small);
  outside(image);
  const VariableScope scope("vs");
  inside(image);
  other(image);
  CHECK(outside.scope_name() == "separable_conv2d");
  CHECK(inside.scope_name() == "vs/separable_conv2d");
  CHECK(other.scope_name() == "vs/separable_conv2d_1");
  SeparableConv2D first(named("conv")), second(named("conv"));
  first(image);
  second(image);
  CHECK(first.scope_name() == "vs/conv");
  CHECK(second.scope_name() == "vs/conv_1");
  CHECK(second.name() == "conv");
  CHECK(names_of(second.variables()) ==
        Names{"vs/conv_1/depthwise_kernel", "vs/conv_1/pointwise_kernel"});
}

// Proves: 2.2 order of numbers
TEST_CASE("2.2 a scope opened again finds the same default names") {
  const VariableStore store;
  for (int i = 0; i < 2; ++i) {
    const VariableScope scope("vs", {.reuse = Reuse::automatic});
    layers::separable_conv2d(image, small);
  }
  CHECK(names_of(collections::global_variables()) ==
        Names{"vs/separable_conv2d/depthwise_kernel", "vs/separable_conv2d/pointwise_kernel"});
}

// Proves: 2.2 scope
TEST_CASE("2.2 an exact scope is taken at construction and not made unique") {
  const VariableStore store;
  SeparableConv2DOptions options = small;
  options.scope = "exact";
  SeparableConv2D layer = [&] {
    const VariableScope scope("vs");
    return SeparableConv2D(options);
  }();
  CHECK(layer.scope_name() == "vs/exact");
  CHECK(layer.name() == "separable_conv2d_1");
}

// Proves: 2.2 scope_name; 8.34
TEST_CASE("2.2 scope_name before the first use is an error") {
  const VariableStore store;
  const SeparableConv2D layer(small);
  CHECK_THROWS_WITH_AS(layer.scope_name(),
                       "separable_conv2d: the layer must be used before it has a scope name; it "
                       "was not called yet",
                       ValueError);
}

// Proves: 2.2 order of numbers
TEST_CASE("2.2 an unnamed scope is unique") {
  const VariableStore store;
  const auto path = [] { return VariableScope::unique("vs").path(); };
  CHECK(path() == "vs");
  CHECK(path() == "vs_1");
  { const VariableScope gap("vs_3"); }
  CHECK(path() == "vs_2");
  CHECK(path() == "vs_4");
}

// Proves: 2.2 variables' names
TEST_CASE("2.2 layers made by name inside a call are under the layer's path, and found again") {
  struct Inline : Layer {
    using Layer::Layer;
    Tensor call(const Tensor& x, const Call&) override {
      return layers::separable_conv2d(layers::separable_conv2d(x, named("conv")), small);
    }
  };
  const VariableStore store;
  Inline layer("inline");
  for (int i = 0; i < 3; ++i) layer(image);
  CHECK(names_of(collections::global_variables()) ==
        Names{"inline/conv/depthwise_kernel", "inline/conv/pointwise_kernel",
              "inline/separable_conv2d/depthwise_kernel",
              "inline/separable_conv2d/pointwise_kernel"});
}

TEST_CASE("2.2 an unnamed root that is first called inside a layer is named beside its children") {
  struct Both : Layer {
    Both(Affine& shared, bool shared_first) : Layer("both"), shared(shared), first(shared_first) {}
    Affine& shared;
    bool first;
    Affine& own = child<Affine>();
    Tensor call(const Tensor& x, const Call&) override {
      return first ? own(shared(x)) : shared(own(x));
    }
  };
  for (const bool shared_first : {false, true}) {
    CAPTURE(shared_first);
    const VariableStore store;
    Affine shared;
    Both both(shared, shared_first);
    both(ones({1, 2}));
    CHECK(names_of(both.own.variables()) == Names{"both/affine/w", "both/affine/b"});
    CHECK(names_of(shared.variables()) == Names{"both/affine_1/w", "both/affine_1/b"});
  }
}

TEST_CASE("2.2 a layer made by name inside a call is named beside the children, and found again") {
  struct Chain : Layer {
    using Layer::Layer;
    SeparableConv2D& own = child<SeparableConv2D>(small);
    Tensor call(const Tensor& x, const Call&) override {
      return own(layers::separable_conv2d(x, small));
    }
  };
  const VariableStore store;
  Chain chain("chain");
  for (int i = 0; i < 3; ++i) chain(ones({1, 1, 1, 2}));
  CHECK(names_of(chain.own.variables()) == Names{"chain/separable_conv2d/depthwise_kernel",
                                                 "chain/separable_conv2d/pointwise_kernel"});
  CHECK(names_of(collections::global_variables()) ==
        Names{"chain/separable_conv2d_1/depthwise_kernel",
              "chain/separable_conv2d_1/pointwise_kernel",
              "chain/separable_conv2d/depthwise_kernel",
              "chain/separable_conv2d/pointwise_kernel"});
}

TEST_CASE("2.2 roots that are shared with a layer and first called in different calls differ") {
  struct Chosen : Layer {
    Chosen(Affine& one, Affine& two) : Layer("chosen"), one(share(one)), two(share(two)) {}
    Affine &one, &two;
    bool second = false;
    Tensor call(const Tensor& x, const Call&) override { return second ? two(x) : one(x); }
  };
  const VariableStore store;
  Affine one, two;
  Chosen chosen(one, two);
  chosen(ones({1, 2}));
  chosen.second = true;
  chosen(ones({1, 2}));
  CHECK(one.scope_name() == "chosen/affine");
  CHECK(two.scope_name() == "chosen/affine_1");
  CHECK_FALSE(one.w == two.w);
}
