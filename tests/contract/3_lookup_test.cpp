// Contract 3: activations, initializers, regularizers and constraints by name, as a config and as
// functions. The formulas are tested with each kind: activations_test, initializers_test,
// regularizers_test, constraints_test.
#include <doctest/doctest.h>

#include <reel/core/ops.h>
#include <reel/layers/base/config_fields.h>
#include <reel/layers/dense.h>
#include <reel/layers/functions/activations.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/functions/regularizers.h>

#include "layer_helpers.h"

using namespace reel;

namespace {

// Through a config and back.
template <class Function>
Function reread(const Function& given) {
  detail::ConfigWriter writer("test");
  writer("field", given);
  Function again;
  const Config config = Config::from_json(writer.config.json());
  detail::ConfigReader reader(config, "test");
  reader("field", again);
  return resolve(again, "test");
}

}  // namespace

// Proves: 3 none
TEST_CASE("3 none stays none, and no activation is linear") {
  CHECK_FALSE(resolve(Initializer(), "test"));
  CHECK_FALSE(resolve(Regularizer(nullptr), "test"));
  CHECK_FALSE(resolve(Constraint(), "test"));
  CHECK(resolve(Activation(), "test").name() == "linear");
}

// Proves: constraints; 1.11 values; 3 serialise
TEST_CASE("3 what is written into a config and read again is the same function") {
  for (const Activation& given : {activations::linear(), resolve(Activation("relu6"), "test"),
                                  activations::relu({.max_value = 6.0}),
                                  activations::softmax({1, 2}), activations::gelu(true)})
    CHECK(reread(given) == given);
  for (const Initializer& given :
       {resolve(Initializer("zeros"), "test"), constant(2.5),
        random_uniform({.minval = 1, .maxval = 2}),
        variance_scaling({.scale = 2, .mode = "fan_avg"}), he_normal(7), orthogonal(2.0)})
    CHECK(reread(given) == given);
  for (const Regularizer& given :
       {l1(0.5), l2(), l1_l2({.l1 = 0.25}), orthogonal_regularizer({.mode = "columns"})})
    CHECK(reread(given) == given);
  for (const Constraint& given :
       {max_norm(3.0, {0, 1}), unit_norm(-1), non_neg(), radial_constraint(),
        min_max_norm({.min_value = 0.5, .rate = 0.75, .axes = per_channel()})})
    CHECK(reread(given) == given);
}

// Proves: 3 letter case; 8.19
TEST_CASE("3 names are case-sensitive") {
  for (const char* name : {"ReLu", "LINEAR"})
    CHECK_THROWS_AS(resolve(Activation(name), "test"), ValueError);
  CHECK_THROWS_AS(resolve(Initializer("Glorot_Uniform"), "test"), ValueError);
  CHECK_THROWS_AS(resolve(Regularizer("L1_L2"), "test"), ValueError);
  CHECK_THROWS_AS(resolve(Constraint("MAXNORM"), "test"), ValueError);
}

// Proves: 3.2 the older name l
TEST_CASE("3.2 l1 and l2 take the older name l of their coefficient") {
  CHECK(resolve(Regularizer("l2", {{"l", 0.25}}), "test") == l2(0.25));
  CHECK(resolve(Regularizer("L1", {{"l", 0.25}, {"l1", 3.0}}), "test") == l1(0.25));
}

// Proves: regularizers: test_default_value_when_init_with_none; 3.2 none
TEST_CASE("3.2 a coefficient of none is 0.01 for l1 and l2, and 0 for l1_l2 and L1L2") {
  const ParameterValue none;
  CHECK(resolve(Regularizer("l1", {{"l1", none}}), "test") == l1(0.01));
  CHECK(resolve(Regularizer("l2", {{"l2", none}}), "test") == l2(0.01));
  for (const char* name : {"l1_l2", "L1L2"})
    CHECK(resolve(Regularizer(name, {{"l1", none}, {"l2", none}}), "test")(Tensor(3.0)).item() ==
          0);
}

// Proves: 3.2 no number
TEST_CASE("3.2 a coefficient that is no number is a ValueError") {
  CHECK_THROWS_WITH_AS(resolve(Regularizer("l1", {{"l1", "much"}}), "dense: kernel_regularizer"),
                       "dense: kernel_regularizer: parameter 'l1' of 'l1' must be a number",
                       ValueError);
}

// Proves: 3.2 any function
TEST_CASE("3.2 a regularizer may be any function, and an undefined result is skipped") {
  const VariableStore store;
  Dense dense({.units = 2,
               .kernel_regularizer = [](const Tensor& w) { return sum(w) * 0.0 + 7.0; },
               .bias_regularizer = [](const Tensor&) { return Tensor(); }});
  dense.build({1, 3});
  CHECK(test::items_of(dense.losses()) == std::vector<double>{7});
}

// Proves: 3.3 v1 variants
TEST_CASE("3.3 an initializer's dtype in a config of TensorFlow 1 is left to the weight") {
  const Initializer given = resolve(Initializer("Zeros", {{"dtype", "float32"}}), "test");
  CHECK(given({2}, float64).dtype() == float64);
}

// Proves: activations: test_serialization_with_layers; 3.4 layer classes
TEST_CASE("3.4 the reference's layer classes are activations under their own names") {
  const Tensor x({{-2.0, 0.5, 3.0}}, float64);
  const auto applied = [&](const Activation& a) { return resolve(a, "test")(x).to_vector(); };
  const auto direct = [&](const Activation& a) { return a(x).to_vector(); };
  CHECK(applied("ReLU") == std::vector<double>{0, 0.5, 3});
  CHECK(applied({"ReLU", {{"negative_slope", 0.25}, {"max_value", 2.0}}}) ==
        std::vector<double>{-0.5, 0.5, 2});
  CHECK(applied("LeakyReLU") == direct(activations::leaky_relu(0.3)));
  CHECK(applied({"ELU", {{"alpha", 0.5}}}) == direct(activations::elu(0.5)));
  CHECK(applied("ThresholdedReLU") == std::vector<double>{0, 0, 3});
  CHECK(applied("Softmax") == direct(activations::softmax()));
}

// Proves: activations: test_serialization_with_layers; 3.4 layer classes
TEST_CASE("3.4 a layer object can be an activation") {
  const VariableStore store;
  test::Affine scale("scale");
  Dense dense({.units = 2, .activation = std::ref(scale), .kernel_initializer = "ones"});
  CHECK(dense(ones({1, 3})).to_vector() == std::vector<double>{3, 3});
  scale.w.assign(full({2}, 10.0));
  CHECK(dense(ones({1, 3})).to_vector() == std::vector<double>{30, 30});
}

// Proves: 3.3 a ready tensor
TEST_CASE("3.3 a tensor is an initializer: its values, in the weight's dtype and of its shape") {
  const VariableStore store;
  const Tensor kernel({{1.25, 2.5}, {-3.0, 0.1}}, float64);
  const Initializer values = kernel;
  CHECK(values == constant(kernel));
  CHECK(values({2, 2}, float64).to_vector() == kernel.to_vector());
  CHECK(values({2, 2}, float32).to_vector() == std::vector{1.25, 2.5, -3.0, double(0.1f)});
  CHECK(values({2, 2}, float32).dtype() == float32);
  Dense dense({.units = 2, .kernel_initializer = kernel, .name = "dense"});
  CHECK_THROWS_WITH_AS(dense.build({1, 3}),
                       "dense: constant: the value must have the weight's shape (3, 2); got (2, 2)",
                       ValueError);
  CHECK(dense.variables().empty());
  dense.build({1, 2});
  CHECK(dense.kernel().value().to_vector() == values({2, 2}, float32).to_vector());
}
