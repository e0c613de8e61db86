#include <doctest/doctest.h>

#include <reel/core/collections.h>
#include <reel/layers/config.h>
#include <reel/layers/initializers.h>
#include <reel/layers/naming.h>
#include <reel/layers/sequential.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

// Owns one trainable and one other weight of its own, and two layers.
struct Mixed : Layer {
  using Layer::Layer;
  Affine& first = child<Affine>("first");
  Affine& second = child<Affine>("second");
  void create_weights(const Shape&) override {
    add_weight("moving", {}, {.trainable = false});
    add_weight("scale", {});
  }
  Tensor call(const Tensor& x, const Call& call) override { return second(first(x, call), call); }
};

struct NotOurs : ValueError {
  using ValueError::ValueError;
};

}  // namespace

// --- 2.1 -------------------------------------------------------------------------------------

TEST_CASE("7.4 testLayerProperties: a new layer has nothing") {
  const Affine layer(LayerOptions{.trainable = false, .name = "my_layer"});
  CHECK(layer.name() == "my_layer");
  CHECK(layer.variables().empty());
  CHECK(layer.losses().empty());
  CHECK(layer.updates().empty());
  CHECK_FALSE(layer.built());
  CHECK_FALSE(layer.trainable());
}

TEST_CASE("2.1 the first call builds the layer") {
  const VariableStore store;
  Affine layer;
  const Tensor y = layer(ones({2, 3}));
  CHECK(layer.built());
  CHECK(y.to_vector() == std::vector<double>(6, 1.0));
  CHECK(layer.build_shapes() == std::vector<Shape>{{2, 3}});
  CHECK(layer.apply(ones({2, 3})).to_vector() == y.to_vector());
}

TEST_CASE("2.1 building twice builds once") {
  const VariableStore store;
  Affine layer;
  layer.build({Shape::unknown, 3});
  layer.build({Shape::unknown, 5});
  CHECK(layer.build_shapes() == std::vector<Shape>{{Shape::unknown, 3}});
}

TEST_CASE("2.1 inputs are checked at every call") {
  const VariableStore store;
  Affine layer("scale");
  layer(ones({2, 3}));
  CHECK_THROWS_WITH_AS(layer(ones({2, 4})), "scale: input features must be 3 (axis -1); got (2, 4)",
                       ValueError);
}

TEST_CASE("7.4 testInputSpec: each rule has its message") {
  struct Demanding : Layer {
    explicit Demanding(InputSpec spec) : Layer("demanding") { set_input_spec(std::move(spec)); }
    Tensor call(const Tensor& x, const Call&) override { return x; }
  };
  const auto message = [](InputSpec spec, const Tensor& x) -> std::string {
    const VariableStore store;
    Demanding layer(std::move(spec));
    try {
      layer(x);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const Tensor x = ones({2, 3});
  CHECK(message({.rank = 2}, x) == "");
  CHECK(message({.rank = 3}, x) == "demanding: input must have rank 3; got (2, 3)");
  CHECK(message({.min_rank = 3}, x) == "demanding: input must have at least rank 3; got (2, 3)");
  CHECK(message({.max_rank = 1}, x) == "demanding: input must have at most rank 1; got (2, 3)");
  CHECK(message({.axes = {{.axis = 1, .size = 3}}}, x) == "");
  CHECK(message({.axes = {{.axis = 0, .size = 3}}}, x) ==
        "demanding: input size must be 3 (axis 0); got (2, 3)");
  CHECK(message({.axes = {{.axis = 2, .size = 3}}}, x) ==
        "demanding: input size must be 3 (axis 2); got (2, 3)");
  CHECK(message({.dtype = float64}, x) == "demanding: input must be float64; got float32");
}

TEST_CASE("2.1 a call must return a tensor, and a class must have one") {
  struct Silent : Layer {
    using Layer::call;
    Tensor call(const Tensor&, const Call&) override { return {}; }
  };
  struct Nothing : Layer {};
  const VariableStore store;
  Silent silent;
  CHECK_THROWS_WITH_AS(silent(ones({1})), "silent: call must return a tensor; got none",
                       ValueError);
  Nothing nothing;
  CHECK_THROWS_WITH_AS(nothing(ones({1})),
                       "nothing: call must be overridden by the layer's class; it is not",
                       RuntimeError);
}

TEST_CASE("2.1 weights given to the constructor are set by whichever build comes first") {
  const VariableStore store;
  const std::vector<Tensor> weights{Tensor({2, 3}), Tensor({4, 5})};
  Affine called(LayerOptions{.weights = weights}), built(LayerOptions{.weights = weights});
  CHECK(called(ones({1, 2})).to_vector() == std::vector<double>{6, 8});
  built.build({1, 2});
  CHECK(built.b.value().to_vector() == std::vector<double>{4, 5});
  Affine wrong(LayerOptions{.name = "wrong", .weights = {Tensor({2, 3})}});
  CHECK_THROWS_WITH_AS(wrong(ones({1, 2})), "wrong: there must be 2 weights; got 1", ValueError);
  CHECK_FALSE(wrong.built());
}

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

// --- 2.2 and children ------------------------------------------------------------------------

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

TEST_CASE("2.2 class names become snake case") {
  CHECK(detail::snake_case("SeparableConv2D") == "separable_conv2d");
  CHECK(detail::snake_case("GlobalAveragePooling2D") == "global_average_pooling2d");
  CHECK(detail::snake_case("MyLSTMCell") == "my_lstm_cell");
  CHECK(detail::snake_case("dense") == "dense");
  CHECK(detail::class_name(typeid(Mixed)) == "Mixed");
  CHECK(detail::class_name(typeid(std::vector<std::vector<int>>)) == "vector");
}

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

// --- 2.3 -------------------------------------------------------------------------------------

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

TEST_CASE("2.3 the same name twice before the build is an error") {
  const VariableStore store;
  Affine layer("layer");
  layer.add_weight("extra", {});
  CHECK_THROWS_WITH_AS(layer.add_weight("extra", {}),
                       "layer: variable layer/extra: the name must be new; it exists; pass "
                       "reuse = true to share the variable",
                       ValueError);
}

TEST_CASE("2.3 a weight's shape must be known") {
  const VariableStore store;
  Affine layer("layer");
  CHECK_THROWS_WITH_AS(layer.add_weight("w", {Shape::unknown, 2}),
                       "layer: weight w must have a known shape; got (?, 2)", ValueError);
}

TEST_CASE("2.3 weights made while the layer is frozen stay non-trainable") {
  const VariableStore store;
  Affine layer(LayerOptions{.trainable = false});
  layer(ones({1, 2}));
  CHECK(layer.trainable_variables().empty());
  CHECK(collections::trainable_variables().empty());
  layer.set_trainable(true);
  CHECK(layer.trainable_variables().empty());
  CHECK(layer.non_trainable_variables().size() == 2);
}

// --- 2.6 -------------------------------------------------------------------------------------

TEST_CASE("2.6 lists of variables: own first, then children's; trainable ones first") {
  const VariableStore store;
  Mixed layer("m");
  layer(ones({1, 2}));
  CHECK(names_of(layer.trainable_variables()) ==
        Names{"m/scale", "m/first/w", "m/first/b", "m/second/w", "m/second/b"});
  CHECK(names_of(layer.non_trainable_variables()) == Names{"m/moving"});
  CHECK(names_of(layer.variables()).back() == "m/moving");
}

TEST_CASE("2.6 freezing a child moves its variables, freezing the parent moves all") {
  const VariableStore store;
  Mixed layer("m");
  layer(ones({1, 2}));
  layer.first.set_trainable(false);
  CHECK(layer.trainable_variables().size() == 3);
  CHECK(layer.non_trainable_variables().size() == 3);
  CHECK(layer.trainable());
  layer.set_trainable(false);
  CHECK_FALSE(layer.second.trainable());
  CHECK(layer.trainable_variables().empty());
  CHECK(names_of(layer.variables()) ==
        Names{"m/scale", "m/moving", "m/first/w", "m/first/b", "m/second/w", "m/second/b"});
  layer.second.set_trainable(true);  // a frozen parent says no for all below
  CHECK(layer.trainable_variables().empty());
  layer.set_trainable(true);
  CHECK(layer.trainable_variables().size() == 5);
}

TEST_CASE("2.6 a tape still watches the variables of a frozen layer") {
  const VariableStore store;
  Affine layer;
  layer.build({1, 2});
  layer.set_trainable(false);
  Tape tape;
  const Tensor y = layer(ones({1, 2}));
  CHECK(tape.gradient(y, layer.w).to_vector() == std::vector<double>{1, 1});
}

// --- 2.10 to 2.12 ----------------------------------------------------------------------------

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

TEST_CASE("2.11 set_weights takes what get_weights gave") {
  const VariableStore store;
  Mixed a("a"), b("b");
  CHECK(a.get_weights().empty());
  CHECK_NOTHROW(a.set_weights({}));
  a(ones({1, 2}));
  b(ones({1, 2}));
  b.set_weights(a.get_weights());
  CHECK(b(ones({1, 2})).to_vector() == a(ones({1, 2})).to_vector());
}

TEST_CASE("2.11 set_weights checks everything before it assigns anything") {
  const VariableStore store;
  Affine layer("layer");
  layer.build({1, 2});
  const auto set = [&](std::vector<Tensor> values) { layer.set_weights(values); };
  CHECK_THROWS_WITH_AS(set({Tensor({5, 5})}), "layer: there must be 2 weights; got 1", ValueError);
  CHECK_THROWS_WITH_AS(set({Tensor({5, 5}), Tensor({1, 2, 3})}),
                       "layer: weight layer/b must have shape (2,); got (3,)", ValueError);
  CHECK_THROWS_WITH_AS(set({Tensor({5, 5}), Tensor({1, 2}, float64)}),
                       "layer: weight layer/b must be float32; got float64", TypeError);
  CHECK(layer.w.value().to_vector() == std::vector<double>{1, 1});
}

TEST_CASE("2.11 count_params needs the whole layer built") {
  const VariableStore store;
  Mixed layer("m");
  CHECK_THROWS_WITH_AS(layer.count_params(),
                       "m: the layer must be built before its parameters are counted; it is not; "
                       "call it or build(shape)",
                       ValueError);
  layer(ones({1, 3}));
  CHECK(layer.count_params() == 2 + 4 * 3);
}

TEST_CASE("2.12 a class that says nothing about its config has none") {
  const VariableStore store;
  const Affine layer("layer");
  CHECK_THROWS_WITH_AS(layer.get_config(),
                       "layer: get_config must be overridden by the layer's class; it is not",
                       RuntimeError);
}

TEST_CASE("graph is the number of the tape of the last call") {
  const VariableStore store;
  Affine layer;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  layer(ones({1, 1}));
  CHECK_FALSE(layer.graph().has_value());
  const Tape tape;
  layer(ones({1, 1}));
  CHECK(layer.graph() == graph_serial());
#pragma GCC diagnostic pop
}
