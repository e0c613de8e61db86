// Contract 2.12: the config of a layer of one's own.
#include <doctest/doctest.h>

#include <reel/core/runtime/config.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

// Proves: test_get_config_error; 2.12 get_config
TEST_CASE("2.12 a class that says nothing about its config has none") {
  const VariableStore store;
  const Affine layer("layer");
  CHECK_THROWS_WITH_AS(layer.get_config(),
                       "layer: get_config must be overridden by the layer's class; it is not",
                       RuntimeError);
}
