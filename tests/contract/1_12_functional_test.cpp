// Contract 1.12: the functional form, and scopes given as objects. That names are shared only with
// reuse: scope_test and 2.5.
#include <reel/layers/dense.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/scope/collections.h>
#include <reel/layers/scope/functional_form.h>
#include <reel/layers/scope/get_variable.h>
#include <reel/layers/sequential.h>

#include "own_process.h"
#include "separable.h"

using namespace reel;
using namespace reel::test;

namespace {

SeparableConv2DOptions patterned() {
  return {.filters = 2,
          .kernel_size = 3,
          .padding = "same",
          .activation = "relu",
          .depthwise_initializer = pattern(5, -2),
          .pointwise_initializer = pattern(3, -1)};
}

}  // namespace

// Proves: 1.12 output
TEST_CASE("1.12 the functional form takes the layer's arguments and gives the layer's output") {
  const VariableStore store;
  SeparableConv2D layer(patterned());
  const std::vector<double> want = layer(images()).to_vector();
  CHECK(layers::separable_conv2d(images(), patterned()).to_vector() == want);
}

// Proves: 1.12 names
TEST_CASE("1.12 a name is the exact scope, and without one the scope is made unique") {
  const VariableStore store;
  SeparableConv2DOptions named = patterned();
  named.name = "conv";
  named.use_bias = false;
  const VariableScope outer("outer");
  layers::separable_conv2d(images(), named);
  named.name = "";
  layers::separable_conv2d(images(), named);
  layers::separable_conv2d(images(), named);
  CHECK(names_of(collections::global_variables()) ==
        Names{"outer/conv/depthwise_kernel", "outer/conv/pointwise_kernel",
              "outer/separable_conv2d/depthwise_kernel", "outer/separable_conv2d/pointwise_kernel",
              "outer/separable_conv2d_1/depthwise_kernel",
              "outer/separable_conv2d_1/pointwise_kernel"});
}

// Proves: 1.12 scopes
TEST_CASE("1.12 regularizers of the call and of the scope around it are in the collection") {
  const VariableStore store;
  const VariableScope scope("scope", {.regularizer = l1(100)});
  SeparableConv2DOptions options{.filters = 2,
                                 .kernel_size = 1,
                                 .use_bias = false,
                                 .depthwise_initializer = "ones",
                                 .pointwise_initializer = "ones",
                                 .depthwise_regularizer = l1(1)};
  layers::separable_conv2d(images({1, 1, 1, 3}), options);
  CHECK(items_of(collections::regularization_losses()) == std::vector<double>{3, 600});
}

// Proves: 0 keyword arguments; 1.2 scope, reuse; 1.12 scope objects; 2.2 a scope object
TEST_CASE("1.12 a scope object puts the variables right into that scope, from anywhere") {
  const VariableStore store;
  const Tensor x = ones({5, 3});
  Scope opened;
  {
    const VariableScope scope("test1", {.initializer = "ones"});
    opened = scope.scope();
    layers::dense(x, {.units = 2, .scope = scope});
  }
  const VariableScope elsewhere("elsewhere");
  const Tensor y = layers::dense(x, {.units = 2, .scope = opened, .reuse = true});
  CHECK(y.to_vector() == std::vector<double>(10, 3.0));
  CHECK(names_of(collections::global_variables()) == Names{"test1/kernel", "test1/bias"});
}

// Proves: 1.1.21 name
TEST_CASE("1.12 a layer and a child take a scope that was opened before") {
  const VariableStore store;
  Scope opened;
  {
    const VariableScope scope("shared");
    opened = scope.scope();
  }
  Dense dense({.units = 2, .scope = opened});
  Sequential net("net");
  Dense& child = net.add<Dense>({.units = 2, .scope = opened, .reuse = true});
  dense(ones({1, 3}));
  net(ones({1, 3}));
  CHECK(dense.scope_name() == "shared");
  CHECK(dense.name() == "dense_1");
  CHECK(child.scope_name() == "shared");
  CHECK(child.name() == "dense");
  CHECK(child.variables() == dense.variables());
}

// Proves: 1.12 dtype of a scope
TEST_CASE("1.12 a scope's dtype is for variables by name; a layer has its own") {
  const VariableStore store;
  const VariableScope outer("outer", {.dtype = float64});
  {
    const VariableScope inner("inner");
    CHECK(get_variable("v", {2}).dtype() == float64);
    CHECK(get_variable("w", {2}, {.dtype = float32}).dtype() == float32);
    const VariableScope innermost("innermost", {.dtype = float32});
    CHECK(get_variable("v", {2}).dtype() == float32);
  }
  Dense dense({.units = 2});
  dense(ones({1, 3}));
  CHECK(dense.kernel().dtype() == float32);
}

// --- the warning --------------------------------------------------------------------------------

namespace {

constexpr const char* calls_twice = "the functional forms are called twice each";

int count_of(const std::string& part, const std::string& text) {
  int count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("the functional forms are called twice each" * doctest::skip()) {
  const VariableStore store;
  for (int i = 0; i < 2; ++i) {
    layers::separable_conv2d(images(), patterned());
    layers::dense(ones({1, 2}), {.units = 1});
  }
  SeparableConv2D layer(patterned());
  layer(images());
}

// Proves: 1.12 deprecated
TEST_CASE("1.12 the functional form warns that it is deprecated, once a process and class") {
  const std::string text = printed_by_own_process("REEL_LOG=warning", calls_twice);
  CHECK(count_of("deprecated", text) == 2);
  CHECK(count_of("layers::separable_conv2d: the functional form is deprecated; make a "
                 "SeparableConv2D and call it\n",
                 text) == 1);
  CHECK(count_of("layers::dense: the functional form is deprecated; make a Dense and call it\n",
                 text) == 1);
}
