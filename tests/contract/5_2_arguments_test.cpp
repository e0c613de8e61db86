// Contract 5.2: the arguments of BatchNormalization and its functional form. What it computes:
// batch_normalization_test.
#include <doctest/doctest.h>

#include <reel/core/ops/random.h>
#include <reel/layers/batch_normalization.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/scope/collections.h>
#include <reel/layers/scope/functional_form.h>

#include "layer_helpers.h"

using namespace reel;
using test::names_of;

namespace {

const Tensor x = randn({5, 2}, float64, RandomKey{8, 0, 0});

}  // namespace

// Proves: 5.2 arguments
TEST_CASE("5.2 the arguments stand in the reference's order and have v1's defaults") {
  const BatchNormalizationLayerOptions all{
      1,    0.5,  0.25,      false,      false, "ones", "zeros", "he_normal", "lecun_normal",
      "l1", "l2", "non_neg", "max_norm", false, false,  "bn"};
  CHECK(all.axis == 1);
  CHECK(all.momentum == 0.5);
  CHECK(all.epsilon == 0.25);
  CHECK_FALSE(all.center);
  CHECK_FALSE(all.scale);
  CHECK(all.beta_initializer.name() == "ones");
  CHECK(all.gamma_initializer.name() == "zeros");
  CHECK(all.moving_mean_initializer.name() == "he_normal");
  CHECK(all.moving_variance_initializer.name() == "lecun_normal");
  CHECK(all.beta_regularizer.name() == "l1");
  CHECK(all.gamma_regularizer.name() == "l2");
  CHECK(all.beta_constraint.name() == "non_neg");
  CHECK(all.gamma_constraint.name() == "max_norm");
  CHECK(all.fused == false);
  CHECK_FALSE(all.trainable);
  CHECK(all.name == "bn");
  const VariableStore store;
  BatchNormalization layer;
  layer.build({2, 3});
  CHECK(layer.options().axis == -1);
  CHECK(layer.options().momentum == 0.99);
  CHECK(layer.options().epsilon == 1e-3);
  const std::vector<double> none{0, 0, 0}, ones{1, 1, 1};
  CHECK(layer.gamma().value().to_vector() == ones);
  CHECK(layer.beta().value().to_vector() == none);
  CHECK(layer.moving_mean().value().to_vector() == none);
  CHECK(layer.moving_variance().value().to_vector() == ones);
  CHECK(layer.losses().empty());
}

// Proves: testRegularizers; 5.2 regularizers, constraints
TEST_CASE("5.2 regularizers and constraints stay with gamma and beta") {
  const VariableStore store;
  const Constraint bound = max_norm(1.0), positive = non_neg();
  BatchNormalization layer(
      {.gamma_regularizer = l1(0.1), .beta_constraint = positive, .gamma_constraint = bound});
  layer(x);
  CHECK(test::items_of(layer.losses()) == std::vector<double>{0.2});
  CHECK(layer.gamma().constraint() == bound);
  CHECK(layer.beta().constraint() == positive);
}

// Proves: testFunctionalNoReuse; 5.2 functional form
TEST_CASE("5.2 the functional form makes new variables, or shares those of its name or scope") {
  const VariableStore store;
  const auto names = [] { return names_of(collections::global_variables()); };
  layers::batch_normalization(x, {.name = "bn"});
  const test::Names four{"bn/gamma", "bn/beta", "bn/moving_mean", "bn/moving_variance"};
  CHECK(names() == four);
  layers::batch_normalization(x, {.name = "bn", .reuse = true});
  CHECK(names() == four);
  {
    const VariableScope outer("outer");
    layers::batch_normalization(x, {.name = "bn"});
  }
  const std::size_t eight = names().size();
  {
    const VariableScope again("outer", {.reuse = true});
    layers::batch_normalization(x, {.name = "bn"});
  }
  CHECK(names().size() == eight);
  layers::batch_normalization(x);
  layers::batch_normalization(x);
  CHECK(names().size() == eight + 8);
  CHECK(names().back() == "batch_normalization_1/moving_variance");
  CHECK_THROWS_WITH_AS(layers::batch_normalization(x, {.name = "bn"}),
                       "bn: variable bn/gamma: the name must be new; it exists; pass reuse = true "
                       "to share the variable",
                       ValueError);
}

// Proves: 5.2 config
TEST_CASE("5.2 a config makes the same batch normalisation again") {
  const VariableStore store;
  BatchNormalization layer({.axis = 1, .momentum = 0.5, .fused = false, .name = "bn"});
  BatchNormalization again = BatchNormalization::from_config(layer.get_config());
  CHECK(again.get_config() == layer.get_config());
  CHECK(again.options().fused == false);
}

// Proves: 5.2 refused
TEST_CASE("5.2 batch normalisation refuses what has no meaning") {
  const VariableStore store;
  CHECK_THROWS_WITH_AS(BatchNormalization({.momentum = 1.5}),
                       "batch_normalization: momentum must be in [0, 1]; got 1.5", ValueError);
  CHECK_THROWS_WITH_AS(BatchNormalization({.epsilon = -1}),
                       "batch_normalization: epsilon must be >= 0; got -1", ValueError);
  BatchNormalization layer({.axis = 2, .name = "bn"}),
      fused({.axis = 1, .fused = true, .name = "fused"});
  CHECK_THROWS_WITH_AS(layer(ones({2, 3})), "bn: axis: axis must be in [-2, 2) for rank 2; got 2",
                       ValueError);
  CHECK_THROWS_WITH_AS(layer.build({2, 3, Shape::unknown}),
                       "bn: axis 2 of the input must be known; got shape (2, 3, ?)", ValueError);
  CHECK_THROWS_WITH_AS(fused(ones({2, 3, 4})),
                       "fused: fused needs rank 4 or 5 and axis 1 or -1; got axis 1 of shape "
                       "(2, 3, 4)",
                       ValueError);
  CHECK_THROWS_WITH_AS(BatchNormalization::from_config({{"axis", "channels"}}),
                       "batch_normalization: config entry axis must be an integer; got "
                       "{\"axis\":\"channels\"}",
                       TypeError);
}
