#include <doctest/doctest.h>

#include <reel/layers/sequential.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

struct NotOurs : ValueError {
  using ValueError::ValueError;
};

}  // namespace

TEST_CASE("several inputs reach a layer that takes them") {
  struct Difference : Layer {
    using Layer::Layer;
    Tensor call(std::span<const Tensor> xs, const Call&) override { return xs[0] - xs[1]; }
  };
  const VariableStore store;
  Difference layer;
  const Tensor a = ones({2}), b = full({2}, 3.0);
  CHECK(layer({a, b}).to_vector() == std::vector<double>{-2, -2});
  CHECK(layer(std::vector{b, a}).to_vector() == std::vector<double>{2, 2});
}

// Proves: NameScopingTest (all)
TEST_CASE("a parent's path stands in front of its children's variables") {
  const VariableStore store;
  Block block("block");
  block(ones({1, 2}));
  CHECK(names_of(block.variables()) ==
        Names{"block/affine/w", "block/affine/b", "block/affine_1/w", "block/affine_1/b"});
  CHECK(block.second.name() == "affine_1");
}

TEST_CASE("a child used before its parent is under the parent's path too") {
  const VariableStore store;
  Block block;
  block.second(ones({1, 2}));
  CHECK(block.second.scope_name() == "block/affine_1");
  CHECK(block.scope_name() == "block");
}

TEST_CASE("an error names the innermost layer's path once and keeps its class") {
  struct Failing : Layer {
    using Layer::Layer;
    Tensor call(const Tensor&, const Call&) override { throw NotOurs("my own words"); }
  };
  const VariableStore store;
  Sequential net("net");
  Block& block = net.add<Block>("block");
  net(ones({1, 2}));
  CHECK_THROWS_WITH_AS(net(ones({1, 3})),
                       "net/block/affine: input features must be 2 (axis -1); got (1, 3)",
                       ValueError);
  CHECK_THROWS_WITH_AS(block(ones({1, 2}, float64)),
                       "net/block/affine: mul: dtypes must be equal; got float64 and float32; "
                       "use cast",
                       TypeError);
  Failing failing;
  CHECK_THROWS_WITH_AS(failing(ones({1})), "my own words", NotOurs);
}

// Proves: NestedTrackingTest.test_attribute_reassignment
TEST_CASE("a child's constructor knows its parent") {
  struct Picky : Layer {
    using Options = LayerOptions;
    explicit Picky(Options) { throw ValueError("{}: no", path()); }
  };
  const VariableStore store;
  Sequential net("net");
  CHECK_THROWS_WITH_AS(net.add<Picky>(), "net/picky: no", ValueError);
  CHECK(net.size() == 0);
  Affine root;  // the failed one left no trace
  CHECK(root.parent() == nullptr);
}

TEST_CASE("children are flattened depth first, each once") {
  Sequential net("net");
  Block& block = net.add<Block>();
  Affine elsewhere;
  net.share(elsewhere);
  net.share(elsewhere);
  const std::vector<Layer*> layers{&net, &block, &block.first, &block.second, &elsewhere};
  CHECK(net.flatten_layers() == layers);
}

TEST_CASE("a shared layer's weights belong to both parents and keep their names") {
  const VariableStore store;
  Sequential owner("owner"), guest("guest");
  guest.share(owner.add<Affine>());
  owner(ones({1, 2}));
  guest(ones({1, 2}));
  CHECK(owner.variables() == guest.variables());
  CHECK(names_of(guest.variables()) == Names{"owner/affine/w", "owner/affine/b"});
}
