// Contract 7.5: the reference's tests of its legacy layers on the example of Dense.
#include <doctest/doctest.h>

#include <reel/layers/dense.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/scope/collections.h>
#include <reel/layers/scope/functional_form.h>
#include <reel/layers/scope/get_variable.h>

#include "ledger_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

const Regularizer thousandth = [](const Tensor& x) { return 1e-3 * sum(x); };

}  // namespace

// Proves: testDenseProperties
TEST_CASE("7.5 testDenseProperties: arguments are kept, unnamed layers are counted from 1") {
  const VariableStore store;
  Dense named({.units = 2, .activation = relu, .name = "my_dense"});
  CHECK(named.name() == "my_dense");
  CHECK(named.options().units == 2);
  CHECK(named.options().activation == Activation(relu));
  CHECK_FALSE(named.options().kernel_regularizer);
  CHECK_FALSE(named.options().bias_regularizer);
  CHECK_FALSE(named.activity_regularizer());
  CHECK(named.options().use_bias);
  Dense first({.units = 2}), second({.units = 2});
  first.apply(ones({5, 2}));
  second.apply(ones({5, 2}));
  CHECK(first.name() == "dense_1");
  CHECK(second.name() == "dense_2");
}

// Proves: testVariableInput
TEST_CASE("7.5 testVariableInput: a variable goes where a tensor does") {
  const VariableStore store;
  const Variable v = get_variable("X", {1, 1}, {.initializer = zeros});
  Dense layer({.units = 1});
  CHECK(layer(v).to_vector() == Items{0});
}

// Proves: core_test.testCall; 2.2 variables' names
TEST_CASE("7.5 testCall: kernel and bias under the layer's name") {
  const VariableStore store;
  Dense layer({.units = 2, .activation = "relu", .name = "my_dense"});
  CHECK(layer(ones({5, 4})).shape() == Shape{5, 2});
  CHECK(layer.variables() == std::vector{layer.kernel(), layer.bias()});
  CHECK(layer.trainable_variables() == layer.variables());
  CHECK(layer.non_trainable_variables().empty());
  CHECK(collections::trainable_variables().size() == 2);
  CHECK(names_of(layer.variables()) == Names{"my_dense/kernel", "my_dense/bias"});
  CHECK(layer.kernel().shape() == Shape{4, 2});
  CHECK(layer.bias().shape() == Shape{2});
  CHECK(layer.kernel().kernel_kind() == KernelKind::dense);
  CHECK(layer.bias().kernel_kind() == KernelKind::bias);
  CHECK(layer.count_params() == 10);
}

// Proves: testCallTensorDot
TEST_CASE("7.5 testCallTensorDot and testOutputShape: any rank from 2 on") {
  const VariableStore store;
  Dense layer({.units = 7});
  CHECK(layer.apply(ones({5, 3})).shape() == Shape{5, 7});
  CHECK(layer(ones({5, 2, 3})).shape() == Shape{5, 2, 7});
  CHECK(layer.apply(ones({1, 2, 4, 3})).shape() == Shape{1, 2, 4, 7});
  // Of no numbers at all only the bias would be left.
  CHECK_THROWS_AS(Dense({.units = 7})(zeros({5, 2, 0})), ValueError);
}

// Proves: testNoBias
TEST_CASE("7.5 testNoBias: one variable, and bias is none") {
  const VariableStore store;
  Dense layer({.units = 2, .use_bias = false, .name = "my_dense"});
  layer(ones({5, 2}));
  CHECK(names_of(layer.trainable_variables()) == Names{"my_dense/kernel"});
  CHECK_FALSE(layer.bias().defined());
  CHECK(collections::trainable_variables().size() == 1);
}

// Proves: testNonTrainable
TEST_CASE("7.5 testNonTrainable: all variables are non-trainable, and the collection is empty") {
  const VariableStore store;
  Dense layer({.units = 2, .trainable = false});
  layer(ones({5, 2}));
  CHECK(layer.variables().size() == 2);
  CHECK(layer.non_trainable_variables() == layer.variables());
  CHECK(layer.trainable_variables().empty());
  CHECK(collections::trainable_variables().empty());
}

// Proves: testCallOnPlaceHolder
TEST_CASE("7.5 testCallOnPlaceHolder: the last extent must be known, others need not be") {
  const VariableStore store;
  Dense refused({.units = 4, .name = "my_dense"}), flat({.units = 4}), deep({.units = 4});
  CHECK_THROWS_WITH_AS(refused.build({Shape::unknown, Shape::unknown}),
                       "my_dense: the input's last axis must be known; got shape (?, ?)",
                       ValueError);
  CHECK_NOTHROW(flat.build({Shape::unknown, 3}));
  CHECK_NOTHROW(deep.build({Shape::unknown, Shape::unknown, 3}));
}

// Proves: testActivation
TEST_CASE("7.5 testActivation: the last op of the layer is the activation, or the bias") {
  const VariableStore store;
  Dense active({.units = 1,
                .activation = "relu",
                .kernel_initializer = ones,
                .bias_initializer = constant(-5.0)}),
      linear({.units = 1, .kernel_initializer = ones, .bias_initializer = constant(-5.0)});
  CHECK(active(ones({1, 3})).item() == 0);
  CHECK(linear(ones({1, 3})).item() == -2);
}

// Proves: core_test.testActivityRegularizer
TEST_CASE("7.5 testActivityRegularizer: the layer's losses are the collection's") {
  const VariableStore store;
  Dense layer({.units = 2, .activity_regularizer = thousandth});
  layer(ones({5, 3}));
  const std::vector<Tensor> losses = layer.losses();
  const std::vector<Tensor> collected = collections::regularization_losses();
  REQUIRE(losses.size() == 1);
  REQUIRE(collected.size() == 1);
  CHECK(losses[0].id() == collected[0].id());
}

// Proves: testKernelRegularizer
TEST_CASE("7.5 testKernelRegularizer and testBiasRegularizer: equal values in both places") {
  for (const bool kernel : {true, false}) {
    const VariableStore store;
    DenseOptions options{.units = 2, .bias_initializer = ones};
    (kernel ? options.kernel_regularizer : options.bias_regularizer) = thousandth;
    Dense layer(options);
    layer(ones({5, 3}));
    REQUIRE(layer.losses().size() == 1);
    CHECK(items_of(layer.losses()) == items_of(collections::regularization_losses()));
    if (!kernel) CHECK(layer.losses()[0].item() == doctest::Approx(2e-3));
  }
}

// Proves: testKernelRegularizerWithReuse
TEST_CASE("7.5 testKernelRegularizerWithReuse: sharing adds no second loss") {
  const VariableStore store;
  for (const bool reuse : {false, true}) {
    layers::dense(
        ones({5, 3}),
        {.units = 2, .kernel_regularizer = thousandth, .name = "my_dense", .reuse = reuse});
    CHECK(collections::regularization_losses().size() == 1);
  }
}

// Proves: testFunctionalDense
TEST_CASE("7.5 testFunctionalDense and testFunctionalDenseTwice: variables of their own") {
  const VariableStore store;
  layers::dense(ones({5, 3}), {.units = 2});
  CHECK(collections::trainable_variables().size() == 2);
  layers::dense(ones({5, 3}), {.units = 2});
  CHECK(collections::trainable_variables().size() == 4);
}

// Proves: testFunctionalDenseTwiceReuse
TEST_CASE("7.5 testFunctionalDenseTwiceReuse and FromScope: the same variables") {
  const VariableStore store;
  const Tensor x = ones({5, 3});
  const Tensor y = layers::dense(x, {.units = 2, .name = "my_dense"});
  const std::vector<Variable> before = collections::trainable_variables();
  CHECK(layers::dense(x, {.units = 2, .name = "my_dense", .reuse = true}).to_vector() ==
        y.to_vector());
  CHECK(collections::trainable_variables() == before);
  for (const bool reuse : {false, true}) {
    const VariableScope scope("scope", {.reuse = reuse});
    layers::dense(x, {.units = 2, .name = "my_dense"});
    CHECK(collections::trainable_variables().size() == 4);
  }
}

// Proves: testFunctionalDenseInitializerFromScope
TEST_CASE("7.5 testFunctionalDenseInitializerFromScope: it reaches the kernel, not the bias") {
  const VariableStore store;
  const VariableScope scope("scope", {.initializer = "ones"});
  layers::dense(ones({5, 3}), {.units = 2});
  const std::vector<Variable> variables = collections::global_variables();
  REQUIRE(names_of(variables) == Names{"scope/dense/kernel", "scope/dense/bias"});
  CHECK(variables[0].value().to_vector() == Items(6, 1.0));
  CHECK(variables[1].value().to_vector() == Items(2, 0.0));
}

// Proves: testFunctionalDenseInScope; 2.2 a scope object
TEST_CASE("7.5 testFunctionalDenseInScope: by name, by scope object, unnamed") {
  const VariableStore store;
  const Tensor x = ones({5, 3});
  {
    const VariableScope scope("test");
    layers::dense(x, {.units = 2, .use_bias = false, .name = "my_dense"});
  }
  {
    const VariableScope scope("test1");
    layers::dense(x, {.units = 2, .use_bias = false, .scope = scope});
  }
  {
    const VariableScope scope("test2");
    layers::dense(x, {.units = 2, .use_bias = false});
  }
  CHECK(names_of(collections::global_variables()) ==
        Names{"test/my_dense/kernel", "test1/kernel", "test2/dense/kernel"});
}

// Proves: testComputeOutputShape; 2.15 unknown extents
TEST_CASE("7.5 testComputeOutputShape: rank 2 at least, unknown extents stay") {
  const VariableStore store;
  const Dense layer({.units = 2, .name = "dense1"});
  CHECK_THROWS_WITH_AS(layer.compute_output_shape(Shape{}),
                       "dense1: the input must have rank >= 2; got shape ()", ValueError);
  CHECK_THROWS_WITH_AS(layer.compute_output_shape({1}),
                       "dense1: the input must have rank >= 2; got shape (1,)", ValueError);
  CHECK(layer.compute_output_shape({Shape::unknown, 3}) == Shape{Shape::unknown, 2});
  CHECK(layer.compute_output_shape({Shape::unknown, 4, 3}) == Shape{Shape::unknown, 4, 2});
  CHECK_FALSE(layer.built());
}

// Proves: testConstraints
TEST_CASE("7.5 testConstraints: variables carry the functions that were given") {
  const VariableStore store;
  const Constraint of_kernel = max_norm(1.0), of_bias = [](const Variable&b) { return b / 2.0; };
  Dense layer({.units = 2, .kernel_constraint = of_kernel, .bias_constraint = of_bias});
  layer(ones({5, 3}));
  CHECK(layer.kernel().constraint() == of_kernel);
  CHECK(layer.bias().constraint() == of_bias);
}
