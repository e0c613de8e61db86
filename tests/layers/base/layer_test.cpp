#include <doctest/doctest.h>

#include <reel/core/ops/random.h>
#include <reel/core/tape.h>
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

namespace {

// A block with a layer of each way to be owned, in a list of children and behind one another.
struct Tower : Layer {
  Sequential& trunk = child<Sequential>("trunk");
  Block& block = child<Block>();
  Affine head{"head"};
  Tower() { share(head); }
  void create_weights(const Shape& x) override { add_weight("scale", {x[-1]}); }
  Tensor call(const Tensor& x, const Call&) override {
    if (trunk.size() == 0) trunk.add<Affine>();
    return head(block(trunk(x)));
  }
};

}  // namespace

TEST_CASE("a build makes the weights of children, too, by a call that leaves nothing behind") {
  const VariableStore store;
  const RandomScope scope;
  for (const Shape& shape : {Shape{Shape::unknown, 3}, Shape{4, 3}, Shape{0, 3}}) {
    Tower tower;
    const std::uint64_t draw = random_state().draw;
    const Tape tape;
    tower.build(shape);
    CHECK(tower.count_params() == 3 + 4 * 6);
    CHECK(tower.build_shapes() == std::vector{shape});
    CHECK((tape.size() == 0 && random_state().draw == draw));
    tower.build(shape);  // nothing more
    CHECK(tower.count_params() == 3 + 4 * 6);
    CHECK(tower(ones({2, 3})).shape() == Shape{2, 3});
  }
  Sequential net;
  net.add<Tower>();
  net.build({Shape::unknown, 3});
  CHECK(net.count_params() == 3 + 4 * 6);
}

TEST_CASE("a build of a layer of several inputs gives its children's calls all of them") {
  struct Two : Layer {
    Affine &a = child<Affine>(), &b = child<Affine>();
    Tensor call(std::span<const Tensor> xs, const Call&) override {
      return concat({{a(xs[0]), b(xs[1])}}, 1);
    }
  };
  const VariableStore store;
  Two two;
  const std::vector<Shape> shapes{{Shape::unknown, 2}, {Shape::unknown, 3}};
  two.build(shapes);
  CHECK(two.count_params() == 2 * 2 + 2 * 3);
}

TEST_CASE("a build that cannot build the children says so, and another one may") {
  const VariableStore store;
  Block block("block");
  CHECK_THROWS_WITH_AS(block.build({Shape::unknown, Shape::unknown, 3}),
                       "block: the children are built by a call, for which all extents but the "
                       "batch must be known; got (1, ?, 3)",
                       ValueError);
  CHECK_THROWS_WITH_AS(block.count_params(),
                       "block/affine: the layer must be built before its parameters are counted; "
                       "it is not; call it or build(shape)",
                       ValueError);
  block.build({Shape::unknown, 3});
  CHECK(block.count_params() == 4 * 3);

  struct Flat : Layer {  // the batch's extent is part of what it computes
    Affine& affine = child<Affine>();
    Tensor call(const Tensor& y, const Call&) override {
      return affine(reshape(y, {y.shape()[0], -1}));
    }
  } flat;
  flat.build({Shape::unknown, 2, 3});
  CHECK(flat.count_params() == 12);
  struct Later : Layer {
    using Layer::Layer;
    Affine& affine = child<Affine>();
    Tensor call(const Tensor& y, const Call&) override { return y.shape()[0] > 1 ? affine(y) : y; }
  } later("later");
  CHECK_THROWS_WITH_AS(later.build({Shape::unknown, 3}),
                       "later: a call on one sample must build all children; it leaves "
                       "later/affine; call the layer on a batch",
                       ValueError);
}

TEST_CASE("a layer cannot be below itself") {
  const VariableStore store;
  Block outer("outer"), inner("inner");
  outer.share(inner);
  for (Layer* bad : std::vector<Layer*>{&inner, &outer})
    CHECK_THROWS_WITH_AS(bad->share(outer),
                         (bad->path() + ": a shared layer must not have the layer that shares it "
                                        "below; got outer")
                             .c_str(),
                         ValueError);
  CHECK_THROWS_AS(outer.first.share(outer), ValueError);
  CHECK(outer.flatten_layers().size() == 6);
  CHECK(inner.children().size() == 2);
}

TEST_CASE("weights for a layer that is not built yet are refused with what to do") {
  const VariableStore store;
  Block block("block");
  const auto check = [&] {
    CHECK_THROWS_WITH_AS(block.set_weights({ones({2})}),
                         "block: the layer must be built before its weights are set; it is not; "
                         "call it or build(shape)",
                         ValueError);
  };
  check();
  block.set_weights({});
  block(ones({1, 2}));
  CHECK_THROWS_WITH_AS(block.set_weights({}), "block: there must be 4 weights; got 0", ValueError);
}
