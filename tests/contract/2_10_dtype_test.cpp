// Contract 2.10: where a layer's dtype comes from.
#include <doctest/doctest.h>

#include <reel/layers/sequential.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

// Proves: 2.10 inferred; 8.35
TEST_CASE("2.10 the first input's dtype becomes the layer's, and stays") {
  const VariableStore store;
  Affine layer("layer");
  CHECK_FALSE(layer.dtype().has_value());
  layer(ones({1, 2}, float64));
  CHECK(layer.dtype() == float64);
  CHECK(layer.w.dtype() == float64);
  CHECK_THROWS_AS(layer(ones({1, 2})), TypeError);
  CHECK(layer.dtype() == float64);
}

// Proves: DTypeTest (all); 2.10 inferred
TEST_CASE("2.10 a build without an input is float32, a given dtype is kept and handed down") {
  const VariableStore store;
  Affine built;
  built.build({1, 2});
  CHECK(built.dtype() == float32);
  Sequential net(LayerOptions{.dtype = float64});
  net.add<Affine>();
  net.build({1, 2});
  CHECK(net.variables()[0].dtype() == float64);
}

// Proves: DTypeTest.test_dtype_inferred_from_input; 2.10 inferred
TEST_CASE("2.10 the first of several inputs decides") {
  struct First : Layer {
    using Layer::Layer;
    Tensor call(std::span<const Tensor> xs, const Call&) override { return xs[0]; }
  };
  const VariableStore store;
  First layer;
  layer({ones({1}, float64), ones({1})});
  CHECK(layer.dtype() == float64);
}

// Proves: DTypeTest (all); 2.10 given
TEST_CASE("2.10 a given dtype is kept and inputs are not cast") {
  const VariableStore store;
  Affine layer(LayerOptions{.name = "layer", .dtype = float64});
  CHECK_THROWS_WITH_AS(layer(ones({1, 2})),
                       "layer: mul: dtypes must be equal; got float32 and float64; use cast",
                       TypeError);
  CHECK(layer.dtype() == float64);
  CHECK(layer.w.dtype() == float64);
}
