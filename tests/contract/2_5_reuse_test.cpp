// Contract 2.5: who shares variables, and how one asks for it.
#include <doctest/doctest.h>

#include <reel/layers/scope/collections.h>
#include <reel/layers/scope/functional_form.h>
#include <reel/layers/scope/get_variable.h>

#include "ledger_helpers.h"
#include "small_separable.h"

using namespace reel;
using namespace reel::test;

// Proves: 2.5 a scope entered again
TEST_CASE("2.5 a scope entered again by value is at its old place") {
  const VariableStore store;
  Scope outer;
  {
    const VariableScope a("a"), b("b");
    outer = b.scope();
  }
  const VariableScope elsewhere("c"), again(outer, true);
  CHECK(again.path() == "a/b");
}

// Proves: 2.2 reuse without a scope; 2.5 two layers
TEST_CASE("2.5 sharing needs the same scope and reuse") {
  const VariableStore store;
  SeparableConv2D first(named("conv"));
  first(image);
  SeparableConv2D second(named("conv", true)), third(named("conv", Reuse::automatic));
  second(image);
  third(image);
  CHECK(second.variables() == first.variables());
  CHECK(third.variables() == first.variables());
  CHECK(count() == 2);
}

// Proves: 1.12 twice; 2.5 nothing to reuse, a taken name
TEST_CASE("2.5 reuse of nothing and a taken name are errors") {
  const VariableStore store;
  SeparableConv2D alone(named("conv", true));
  CHECK_THROWS_WITH_AS(alone(image),
                       "conv: variable conv/depthwise_kernel: reuse = true needs a variable of "
                       "this name; there is none",
                       ValueError);
  layers::separable_conv2d(image, named("taken"));
  CHECK_THROWS_WITH_AS(layers::separable_conv2d(image, named("taken")),
                       "taken: variable taken/depthwise_kernel: the name must be new; it exists; "
                       "pass reuse = true to share the variable",
                       ValueError);
}

// Proves: 2.3.3 reuse
TEST_CASE("2.5 a shared variable must have the shape and dtype that are asked for") {
  const VariableStore store;
  layers::separable_conv2d(image, named("conv"));
  SeparableConv2DOptions larger = named("conv", true);
  larger.kernel_size = 2;
  CHECK_THROWS_WITH_AS(layers::separable_conv2d(ones({1, 2, 2, 3}), larger),
                       "conv: variable conv/depthwise_kernel: a shared variable must have shape "
                       "(1, 1, 3, 1); asked for (2, 2, 3, 1)",
                       ValueError);
  CHECK_THROWS_WITH_AS(layers::separable_conv2d(ones({1, 1, 1, 3}, float64), named("conv", true)),
                       "conv: variable conv/depthwise_kernel: a shared variable must be float32; "
                       "asked for float64",
                       ValueError);
}

// Proves: 2.5 losses
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

// Proves: 2.5 one layer, many calls
TEST_CASE("2.5 a layer called again makes no variables") {
  const VariableStore store;
  SeparableConv2D layer(small);
  layer(image);
  layer(image);
  layer.build({1, 2, 2, 3});
  CHECK(collections::global_variables().size() == 2);
}

// Proves: 2.5 two layers
TEST_CASE("2.5 a scope's reuse makes sharing possible, and automatic makes what is missing") {
  const VariableStore store;
  for (int i = 0; i < 3; ++i) {
    const VariableScope scope("auto", {.reuse = Reuse::automatic});
    get_variable("w", {2});
  }
  CHECK(names_of(collections::global_variables()) == Names{"auto/w"});
  const VariableScope scope("auto", {.reuse = true});
  CHECK_THROWS_WITH_AS(get_variable("v", {2}),
                       "variable auto/v: reuse = true needs a variable of this name; there is none",
                       ValueError);
}
