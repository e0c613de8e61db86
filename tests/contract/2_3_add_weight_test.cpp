// Contract 2.3: weights of one's own layers.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include <reel/layers/functions/initializers.h>
#include <reel/layers/scope/collections.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

// Proves: test_default_add_weight; test_raw_variable_assignment; 2.3 name, shape; 2.3.3 reuse
TEST_CASE("2.3 a weight can be added outside of build, and is asked for by name after it") {
  const VariableStore store;
  Affine layer("layer");
  const Variable extra = layer.add_weight("extra", {2}, {.initializer = constant(7.0)});
  CHECK(extra.name() == "layer/extra");
  CHECK(extra.value().to_vector() == std::vector<double>{7, 7});
  layer(ones({1, 2}));
  CHECK(layer.add_weight("extra", {2}) == extra);
  CHECK(layer.variables().size() == 3);
  CHECK_THROWS_WITH_AS(layer.add_weight("late", {2}),
                       "layer: variable layer/late: reuse = true needs a variable of this name; "
                       "there is none",
                       ValueError);
}

// Proves: 2.3.3 reuse
TEST_CASE("2.3 the same name twice before the build is an error") {
  const VariableStore store;
  Affine layer("layer");
  layer.add_weight("extra", {});
  CHECK_THROWS_WITH_AS(layer.add_weight("extra", {}),
                       "layer: variable layer/extra: the name must be new; it exists; pass "
                       "reuse = true to share the variable",
                       ValueError);
}

// Proves: 2.3 name, shape
TEST_CASE("2.3 a weight's shape must be known") {
  const VariableStore store;
  Affine layer("layer");
  CHECK_THROWS_WITH_AS(layer.add_weight("w", {Shape::unknown, 2}),
                       "layer: weight w must have a known shape; got (?, 2)", ValueError);
}

// Proves: test_add_trainable_weight_on_frozen_layer; 2.3.5 trainable; 2.6 made frozen; 8.10
TEST_CASE("2.3.5 weights made while the layer is frozen stay non-trainable") {
  const VariableStore store;
  Affine layer(LayerOptions{.trainable = false});
  layer(ones({1, 2}));
  CHECK(layer.trainable_variables().empty());
  CHECK(collections::trainable_variables().empty());
  layer.set_trainable(true);
  CHECK(layer.trainable_variables().empty());
  CHECK(layer.non_trainable_variables().size() == 2);
}

// Proves: 2.3 add_variable
TEST_CASE("2.3 add_variable is the old name of add_weight") {
  const VariableStore store;
  Affine layer("layer");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  const Variable made = layer.add_variable("w", {2});
  CHECK(layer.variables() == std::vector{made});
#pragma GCC diagnostic pop
}

// Proves: 2.3.2 dtype
TEST_CASE("2.3.2 a weight has the layer's dtype, else float32, which becomes the layer's") {
  const VariableStore store;
  Affine given(LayerOptions{.dtype = float64}), open, asked;
  CHECK(given.add_weight("w", {}).dtype() == float64);
  CHECK(open.add_weight("w", {}).dtype() == float32);
  CHECK(open.dtype() == float32);
  CHECK(asked.add_weight("w", {}, {.dtype = float64}).dtype() == float64);
  CHECK(asked.dtype() == float64);
}

// Proves: 2.3.4 initializer
TEST_CASE("2.3.4 without an initializer the scope's is taken, else glorot_uniform") {
  const VariableStore store;
  Affine outside;
  const std::vector<double> drawn = outside.add_weight("w", {50, 50}).value().to_vector();
  const double bound = std::sqrt(6.0 / 100);
  for (const double w : drawn) REQUIRE(std::abs(w) <= bound);
  CHECK(*std::max_element(drawn.begin(), drawn.end()) > 0.9 * bound);
  const VariableScope scope("scope", {.initializer = constant(3.0)});
  Affine inside;
  CHECK(inside.add_weight("w", {}).value().item() == 3);
  CHECK(inside.add_weight("v", {}, {.initializer = zeros}).value().item() == 0);
}

// Proves: 2.3.5 trainable
TEST_CASE(
    "2.3.5 what is not asked to be trainable is not, and freezing does not change a variable") {
  const VariableStore store;
  Affine layer;
  const Variable moving = layer.add_weight("moving", {}, {.trainable = false});
  const Variable scale = layer.add_weight("scale", {});
  CHECK_FALSE(moving.trainable());
  layer.set_trainable(false);
  CHECK(scale.trainable());
  CHECK(collections::trainable_variables() == std::vector{scale});
}

// Proves: 2.3.6 what a scope made non-trainable
TEST_CASE("2.3.6 a variable that was made non-trainable is listed as such by who shares it") {
  const VariableStore store;
  Affine maker(LayerOptions{.trainable = false, .scope = "shared"});
  maker.build({1, 2});
  Affine user(LayerOptions{.scope = "shared", .reuse = true});
  user.build({1, 2});
  CHECK(user.variables() == maker.variables());
  CHECK(user.trainable_variables().empty());
  CHECK(user.non_trainable_variables().size() == 2);
}

// Proves: 2.3.7 regularizer
TEST_CASE("2.3.7 a regularizer is registered when the variable is new, and only then") {
  const VariableStore store;
  Affine layer;
  const auto ask = [&] {
    layer.add_weight("extra", {2}, {.initializer = ones, .regularizer = "l2"});
  };
  ask();
  layer.build({1, 2});
  ask();
  CHECK(items_of(layer.losses()) == std::vector<double>{Tensor(0.02).item()});
  CHECK(collections::regularization_losses().size() == 1);
}

// Proves: 2.3 constraint
TEST_CASE("2.3 a variable carries its constraint, since the optimizer sees variables") {
  const VariableStore store;
  Affine layer("layer");
  CHECK(layer.add_weight("w", {}, {.constraint = "non_neg"}).constraint().name() == "non_neg");
  CHECK_THROWS_WITH_AS(layer.add_weight("v", {}, {.constraint = "no_neg"}),
                       "layer: v: Unknown constraint: 'no_neg'; known are max_norm, maxnorm, "
                       "MaxNorm, non_neg, nonneg, NonNeg, unit_norm, unitnorm, UnitNorm, "
                       "min_max_norm, MinMaxNorm, radial_constraint, RadialConstraint; a function "
                       "can be given instead",
                       ValueError);
}
