#include <doctest/doctest.h>

#include <reel/layers/sequential.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

TEST_CASE("2.1 the first call builds the layer") {
  const VariableStore store;
  Affine layer;
  CHECK_FALSE(layer.built());
  CHECK(layer.variables().empty());
  const Tensor y = layer(ones({2, 3}));
  CHECK(layer.built());
  CHECK(y.to_vector() == std::vector<double>{1, 1, 1, 1, 1, 1});
  CHECK(layer.build_shapes() == std::vector<Shape>{{2, 3}});
}

TEST_CASE("2.1 inputs are checked at every call") {
  const VariableStore store;
  Affine layer("scale");
  layer(ones({2, 3}));
  CHECK_THROWS_WITH_AS(layer(ones({2, 4})), "scale: input features must be 3 (axis -1); got (2, 4)",
                       ValueError);
}

TEST_CASE("2.2 layer.name and scope name differ") {
  const VariableStore store;
  Affine first, second;
  CHECK(first.name() == "affine_1");
  CHECK(second.name() == "affine_2");
  first(ones({1, 2}));
  second(ones({1, 2}));
  CHECK(first.scope_name() == "affine");
  CHECK(second.scope_name() == "affine_1");
  CHECK(names_of(second.variables()) == Names{"affine_1/w", "affine_1/b"});
}

TEST_CASE("a parent's path stands in front of its children's variables") {
  const VariableStore store;
  Block block("block");
  block(ones({1, 2}));
  CHECK(names_of(block.variables()) ==
        Names{"block/affine/w", "block/affine/b", "block/affine_1/w", "block/affine_1/b"});
}

TEST_CASE("a child's error names the child's path once") {
  const VariableStore store;
  Sequential net("net");
  net.add<Affine>();
  Block& block = net.add<Block>("block");
  net(ones({1, 2}));
  CHECK_THROWS_WITH_AS(block(ones({1, 3})),
                       "net/block/affine: input features must be 2 (axis -1); got (1, 3)",
                       ValueError);
}
