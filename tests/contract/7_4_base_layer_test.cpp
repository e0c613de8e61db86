// Contract 7.4: the reference's tests of its legacy base layer, in our words.
#include <doctest/doctest.h>

#include <reel/core/tape.h>
#include <reel/layers/scope/collections.h>

#include "ledger_helpers.h"

using namespace reel;
using namespace reel::test;

// Proves: testLayerProperties; 2.1 construct, build, call
TEST_CASE("7.4 testLayerProperties: a new layer has nothing") {
  const Affine layer(LayerOptions{.trainable = false, .name = "my_layer"});
  CHECK(layer.name() == "my_layer");
  CHECK(layer.variables().empty());
  CHECK(layer.losses().empty());
  CHECK(layer.updates().empty());
  CHECK_FALSE(layer.built());
  CHECK_FALSE(layer.trainable());
}

// Proves: testInputSpecNdimCheck
TEST_CASE("7.4 testInputSpec: each rule has its message") {
  struct Demanding : Layer {
    explicit Demanding(InputSpec spec) : Layer("demanding") { set_input_spec(std::move(spec)); }
    Tensor call(const Tensor& x, const Call&) override { return x; }
  };
  const auto message = [](InputSpec spec, const Tensor& x) -> std::string {
    const VariableStore store;
    Demanding layer(std::move(spec));
    try {
      layer(x);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const Tensor x = ones({2, 3});
  CHECK(message({.rank = 2}, x) == "");
  CHECK(message({.rank = 3}, x) == "demanding: input must have rank 3; got (2, 3)");
  CHECK(message({.min_rank = 3}, x) == "demanding: input must have at least rank 3; got (2, 3)");
  CHECK(message({.max_rank = 1}, x) == "demanding: input must have at most rank 1; got (2, 3)");
  CHECK(message({.axes = {{.axis = 1, .size = 3}}}, x) == "");
  CHECK(message({.axes = {{.axis = 0, .size = 3}}}, x) ==
        "demanding: input size must be 3 (axis 0); got (2, 3)");
  CHECK(message({.axes = {{.axis = 2, .size = 3}}}, x) ==
        "demanding: input size must be 3 (axis 2); got (2, 3)");
  CHECK(message({.dtype = float64}, x) == "demanding: input must be float64; got float32");
}

// Proves: testGetLossesFor; 2.7 get_losses_for(none); 2.7 get_losses_for(inputs)
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

// Proves: base_test.testActivityRegularizer
TEST_CASE("7.4 testActivityRegularizer: without a tape a call answers for its own inputs") {
  const VariableStore store;
  SeparableConv2D layer(all_regularized());
  const Tensor x = ones({2, 5, 5, 2}), other = ones({2, 5, 5, 2});
  layer(x);
  CHECK(items_of(layer.get_losses_for(x)) == Items{4});
  CHECK(layer.get_losses_for(other).empty());
  CHECK(items_of(layer.get_losses_for(nullptr)) == Items{1, 2, 3});
}

// Proves: testGetUpdateFor; 2.9 get_updates_for
TEST_CASE("7.4 testGetUpdateFor") {
  struct MyLayer : Layer {
    using Layer::Layer;
    Variable a, b;
    void create_weights(const Shape&) override {
      a = add_weight("a", {}, {.dtype = float32, .trainable = false});
      b = add_weight("b", {}, {.dtype = float32, .trainable = false});
      add_update(a, [](const Tensor& old) { return old + 1.0; });
    }
    Tensor call(const Tensor& x, const Call&) override {
      add_update(a, [x](const Tensor& old) { return old + sum(x); });
      return x + 1.0;
    }
  };
  const VariableStore store;
  MyLayer layer("my_layer");
  {
    const Tape tape;
    const Tensor inputs = ones({1}), intermediate = inputs + 1.0;
    const Tensor outputs = layer(intermediate);
    CHECK(layer.updates().size() == 2);
    CHECK(layer.get_updates_for(nullptr).size() == 1);
    CHECK(layer.get_updates_for(inputs).size() == 1);
    CHECK(layer.get_updates_for(intermediate).size() == 1);
    CHECK(layer.get_updates_for(outputs).empty());
    const Tensor inputs_2 = ones({1}), intermediate_2 = inputs_2 + 1.0;
    const Tensor outputs_2 = layer(intermediate_2);
    CHECK(layer.updates().size() == 3);
    CHECK(layer.get_updates_for(nullptr).size() == 1);
    CHECK(layer.get_updates_for(inputs_2).size() == 1);
    CHECK(layer.get_updates_for(intermediate_2).size() == 1);
    CHECK(layer.get_updates_for(outputs_2).empty());
    layer.apply_updates();
  }
}

// Proves: testKerasStyleAddWeight; testAddWeight
TEST_CASE("7.4 testAddWeight: lists, collections and penalties of weights added outside of build") {
  const VariableStore store;
  Affine layer("my_layer");
  const Variable w = layer.add_weight("my_var", {2, 2}, {.initializer = zeros});
  CHECK(w.name() == "my_layer/my_var");
  CHECK(layer.variables() == std::vector{w});
  CHECK(layer.trainable_variables() == std::vector{w});
  CHECK(layer.non_trainable_variables().empty());
  CHECK(collections::trainable_variables() == layer.trainable_variables());
  const Variable fixed =
      layer.add_weight("non_trainable_var", {2, 2}, {.initializer = zeros, .trainable = false});
  CHECK(layer.variables() == std::vector{w, fixed});
  CHECK(layer.trainable_variables() == std::vector{w});
  CHECK(layer.non_trainable_variables() == std::vector{fixed});
  CHECK(collections::trainable_variables().size() == 1);
  layer.add_weight("reg_var", {2, 2}, {.initializer = zeros, .regularizer = "l2"});
  CHECK(layer.losses().size() == 1);
}

// Proves: base_test.testCall
TEST_CASE("7.4 testCall: a layer is built by its call, and its output is what call returned") {
  const VariableStore store;
  Talkative layer("my_layer");
  CHECK(layer(ones({5})).to_vector() == std::vector<double>(5, 2.0));
  CHECK(layer.built());
}

// Proves: testScopeNaming
TEST_CASE("7.4 testScopeNaming: unnamed, named and inside a variable scope") {
  struct PrivateLayer : Affine {
    using Affine::Affine;
  };
  const VariableStore store;
  const auto scope_of = [](Layer& layer) {
    layer(ones({1, 1}));
    return layer.scope_name();
  };
  PrivateLayer default_1, default_2, named_1("my_layer"), named_2("my_layer"), named_3("my_layer"),
      nested("my_layer"), nested_again("my_layer"), inside;
  CHECK(scope_of(default_1) == "private_layer");
  CHECK(scope_of(default_2) == "private_layer_1");
  CHECK(scope_of(named_1) == "my_layer");
  CHECK(scope_of(named_2) == "my_layer_1");
  CHECK(scope_of(named_3) == "my_layer_2");
  const VariableScope scope("var_scope");
  CHECK(scope_of(nested) == "var_scope/my_layer");
  CHECK(scope_of(nested_again) == "var_scope/my_layer_1");
  CHECK(scope_of(inside) == "var_scope/private_layer");
}

// Proves: testNoInputSpec
TEST_CASE("7.4 testNoInputSpec: without one every input goes") {
  const VariableStore store;
  Talkative layer;
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{2, 3, 4}}) CHECK_NOTHROW(layer(ones(shape)));
}

// Proves: DTypeTest.test_dtype_inferred_from_input
TEST_CASE("7.4 DTypeTest: inferred from the first input, or given, and then kept") {
  const VariableStore store;
  Talkative inferred, given(LayerOptions{.dtype = float64});
  CHECK_FALSE(inferred.dtype().has_value());
  inferred(ones({1}, float64));
  inferred(ones({1}));
  CHECK(inferred.dtype() == float64);
  given(ones({1}));
  CHECK(given.dtype() == float64);
}
