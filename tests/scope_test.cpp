#include <doctest/doctest.h>

#include <thread>

#include <reel/core/collections.h>
#include <reel/core/scope.h>
#include <reel/layers/get_variable.h>
#include <reel/layers/initializers.h>
#include <reel/layers/separable_conv2d.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

const SeparableConv2DOptions small{.filters = 2, .kernel_size = 1, .use_bias = false};

SeparableConv2DOptions named(const char* name, Reuse reuse = {}) {
  SeparableConv2DOptions options = small;
  options.name = name;
  options.reuse = reuse;
  return options;
}

const Tensor image = ones({1, 1, 1, 3});

std::size_t count() { return collections::trainable_variables().size(); }

}  // namespace

TEST_CASE("2.2 an explicit name is made unique in the scope but not in layer.name") {
  const VariableStore store;
  SeparableConv2D first(named("conv")), second(named("conv")), third(named("conv"));
  for (SeparableConv2D* layer : {&first, &second, &third}) (*layer)(image);
  CHECK(second.name() == "conv");
  CHECK(first.scope_name() == "conv");
  CHECK(second.scope_name() == "conv_1");
  CHECK(third.scope_name() == "conv_2");
}

TEST_CASE("2.2 scopes are numbered in the order of first use, not of construction") {
  const VariableStore store;
  SeparableConv2D first(small), second(small);
  second(image);
  first(image);
  CHECK(second.scope_name() == "separable_conv2d");
  CHECK(first.scope_name() == "separable_conv2d_1");
}

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
}

TEST_CASE("2.2 a scope opened again finds the same default names") {
  const VariableStore store;
  for (int i = 0; i < 2; ++i) {
    const VariableScope scope("vs", {.reuse = Reuse::automatic});
    layers::separable_conv2d(image, small);
  }
  CHECK(names_of(collections::global_variables()) ==
        Names{"vs/separable_conv2d/depthwise_kernel", "vs/separable_conv2d/pointwise_kernel"});
}

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

TEST_CASE("2.2 scope_name before the first use is an error") {
  const VariableStore store;
  const SeparableConv2D layer(small);
  CHECK_THROWS_WITH_AS(layer.scope_name(),
                       "separable_conv2d: the layer must be used before it has a scope name; it "
                       "was not called yet",
                       ValueError);
}

TEST_CASE("2.1 a call may name the scope of a layer that has none yet") {
  const VariableStore store;
  SeparableConv2D layer(small);
  layer(image, {.scope = "here"});
  CHECK(layer.scope_name() == "here");
  layer(image, {.scope = "there"});
  CHECK(layer.scope_name() == "here");
}

TEST_CASE("2.2 an unnamed scope is unique") {
  const VariableStore store;
  const auto path = [] { return VariableScope::unique("vs").path(); };
  CHECK(path() == "vs");
  CHECK(path() == "vs_1");
  { const VariableScope gap("vs_3"); }
  CHECK(path() == "vs_2");
  CHECK(path() == "vs_4");
}

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

TEST_CASE("7.1 testFunctionalConv2DReuse: three variables after two calls") {
  const VariableStore store;
  const SeparableConv2DOptions options{.filters = 32, .kernel_size = 3, .name = "sepconv1"};
  SeparableConv2DOptions again = options;
  again.reuse = true;
  const Tensor x = ones({5, 7, 9, 3});
  const Tensor y = layers::separable_conv2d(x, options);
  CHECK(count() == 3);
  CHECK(layers::separable_conv2d(x, again).to_vector() == y.to_vector());
  CHECK(count() == 3);
}

TEST_CASE("7.1 testFunctionalConv2DReuseFromScope: the scope's reuse reaches the layer") {
  const VariableStore store;
  for (const bool reuse : {false, true}) {
    const VariableScope scope("scope", {.reuse = reuse});
    layers::separable_conv2d(image, named("sepconv1"));
    CHECK(count() == 2);
  }
}

TEST_CASE("7.1 testFunctionalConv2DNoReuse: unnamed calls make variables of their own") {
  const VariableStore store;
  layers::separable_conv2d(image, small);
  CHECK(count() == 2);
  layers::separable_conv2d(image, small);
  CHECK(count() == 4);
}

TEST_CASE("7.1 testFunctionalConv2DInitializerFromScope") {
  const VariableStore store;
  {
    const VariableScope scope("scope", {.initializer = "ones"});
    layers::separable_conv2d(image, {.filters = 2, .kernel_size = 1, .name = "sepconv1"});
  }
  const auto weights = collections::trainable_variables();
  REQUIRE(names_of(weights) == Names{"scope/sepconv1/depthwise_kernel",
                                     "scope/sepconv1/pointwise_kernel", "scope/sepconv1/bias"});
  CHECK(weights[0].value().to_vector() == std::vector<double>(3, 1.0));
  CHECK(weights[1].value().to_vector() == std::vector<double>(6, 1.0));
  CHECK(weights[2].value().to_vector() == std::vector<double>(2, 0.0));
}

TEST_CASE("2.4 collections live with the variables") {
  const VariableStore store;
  {
    SeparableConv2D layer(small);
    layer(image);
    CHECK(count() == 2);
    layer.set_trainable(false);
    CHECK(count() == 2);  // freezing takes none away
  }
  CHECK(collections::global_variables().empty());
}

TEST_CASE("a name is free again when its variable is gone") {
  const VariableStore store;
  SeparableConv2DOptions options = small;
  options.scope = "conv";
  for (int i = 0; i < 2; ++i) {
    SeparableConv2D layer(options);
    CHECK_NOTHROW(layer(image));
  }
}

TEST_CASE("a build that fails leaves no names behind") {
  const VariableStore store;
  SeparableConv2D layer(
      {.filters = 2,
       .kernel_size = 1,
       .pointwise_initializer = [](const Shape&, DType dtype) { return zeros({7}, dtype); },
       .name = "conv"});
  for (int i = 0; i < 2; ++i)  // the second try meets the same error, not a taken name
    CHECK_THROWS_WITH_AS(layer(image),
                         "conv: variable conv/pointwise_kernel: the initializer must give shape "
                         "(1, 1, 3, 2); got (7,)",
                         ValueError);
  CHECK_FALSE(layer.built());
  CHECK(layer.variables().empty());
  CHECK_FALSE(layer.dtype().has_value());
}

TEST_CASE("a store of its own starts names anew, and gives way to the one before") {
  const VariableStore outer;
  SeparableConv2D first(small);
  first(image);
  {
    const VariableStore inner;
    SeparableConv2D second(small);
    second(image);
    CHECK(second.scope_name() == "separable_conv2d");
    CHECK(second.name() == "separable_conv2d_1");
    CHECK(VariableStore::find("separable_conv2d/depthwise_kernel") == second.variables()[0]);
  }
  CHECK(VariableStore::find("separable_conv2d/depthwise_kernel") == first.variables()[0]);
  CHECK_FALSE(VariableStore::find("nobody").defined());
}

TEST_CASE("names are counted across threads in the default store") {
  std::vector<std::string> names(8);
  std::vector<std::thread> threads;
  for (std::string& name : names)
    threads.emplace_back([&name] {
      struct MadeOnThreads : Affine {
        using Affine::Affine;
      };
      MadeOnThreads layer;
      name = layer.name();
    });
  for (std::thread& thread : threads) thread.join();
  std::sort(names.begin(), names.end());
  CHECK(std::unique(names.begin(), names.end()) == names.end());
  CHECK(names[0] == "made_on_threads_1");
}

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

TEST_CASE("7.9 testGetVar: a variable by name, shared only where the scope says so") {
  const VariableStore store;
  const Variable v = get_variable("v", {1});
  CHECK_THROWS_WITH_AS(get_variable("v", {1}),
                       "variable v: the name must be new; it exists; pass reuse = true to share "
                       "the variable",
                       ValueError);
  const VariableScope tower("tower");
  const Variable inside = get_variable("v", {1});
  CHECK(inside.name() == "tower/v");
  const VariableScope again(tower.scope(), true);
  CHECK(get_variable("v", {1}) == inside);
  CHECK_THROWS_WITH_AS(
      get_variable("w", {1}),
      "variable tower/w: reuse = true needs a variable of this name; there is none", ValueError);
}

TEST_CASE("7.9 testVarScopeInitializer: inner scopes inherit and override") {
  const VariableStore store;
  const VariableScope tower("tower", {.initializer = constant(0.3), .constraint = "non_neg"});
  CHECK(get_variable("v", {}).value().item() == doctest::Approx(0.3));
  const VariableScope inner("inner", {.initializer = constant(0.4)});
  CHECK(get_variable("w", {}).value().item() == doctest::Approx(0.4));
  CHECK(get_variable("x", {}, {.initializer = constant(0.5)}).value().item() == 0.5);
  CHECK(get_variable("y", {}).constraint().name() == "non_neg");
}

TEST_CASE("a store keeps the variables that nobody owns until its end") {
  const VariableStore store;
  get_variable("v", {2}, {.initializer = "ones", .regularizer = "l2"});
  CHECK(VariableStore::find("v").defined());
  CHECK(items_of(collections::regularization_losses())[0] == doctest::Approx(0.02));
}
