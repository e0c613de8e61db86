// Contract 2.15: what stands where the reference has a graph.
#include <doctest/doctest.h>

#include <cmath>

#include <reel/layers/functions/initializers.h>
#include <reel/layers/scope/collections.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

// Proves: 2.15 initializers
TEST_CASE("2.15 variables have their values when they are made, and can be given them again") {
  const VariableStore store;
  Affine layer("layer");
  const Variable drawn = layer.add_weight("drawn", {100});
  layer.build({1, 2});
  const std::vector<double> before = drawn.value().to_vector();
  for (const Variable& variable : layer.variables()) variable.assign(full(variable.shape(), 9.0));
  collections::initialize(layer.variables());
  CHECK(layer.w.value().to_vector() == std::vector<double>{1, 1});
  CHECK(layer.b.value().to_vector() == std::vector<double>{0, 0});
  for (const double value : drawn.value().to_vector()) REQUIRE(std::abs(value) <= std::sqrt(0.03));
  CHECK(drawn.value().to_vector() != before);
}

// Proves: 2.15 initializers
TEST_CASE("2.15 only variables of the store can be initialized, and all of them or none") {
  const VariableStore store;
  Affine layer;
  layer.build({1, 1});
  layer.w.assign(full({1}, 9.0));
  const Variable stray(Tensor(1.0), {.name = "stray"});
  CHECK_THROWS_WITH_AS(collections::initialize(std::vector{layer.w, stray}),
                       "initialize: the variables must be of the current store; stray is not",
                       ValueError);
  CHECK(layer.w.value().item() == 9);
}
