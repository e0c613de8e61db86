// Contract 2.1: made, built, called.
#include <doctest/doctest.h>

#include <reel/layers/sequential.h>

#include "ledger_helpers.h"

using namespace reel;
using namespace reel::test;

// Proves: 2.1 construct, build, call
TEST_CASE("2.1 the first call builds the layer") {
  const VariableStore store;
  Affine layer;
  const Tensor y = layer(ones({2, 3}));
  CHECK(layer.built());
  CHECK(y.to_vector() == std::vector<double>(6, 1.0));
  CHECK(layer.build_shapes() == std::vector<Shape>{{2, 3}});
  CHECK(layer.apply(ones({2, 3})).to_vector() == y.to_vector());
}

// Proves: 2.1 built, build shape
TEST_CASE("2.1 building twice builds once") {
  const VariableStore store;
  Affine layer;
  layer.build({Shape::unknown, 3});
  layer.build({Shape::unknown, 5});
  CHECK(layer.build_shapes() == std::vector<Shape>{{Shape::unknown, 3}});
}

// Proves: 2.1 order
TEST_CASE("2.1 inputs are checked at every call") {
  const VariableStore store;
  Affine layer("scale");
  layer(ones({2, 3}));
  CHECK_THROWS_WITH_AS(layer(ones({2, 4})), "scale: input features must be 3 (axis -1); got (2, 4)",
                       ValueError);
}

// Proves: 2.1 a call that returns nothing
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

// Proves: 2.1 weights
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

// Proves: 2.1 scope of a call
TEST_CASE("2.1 a call may name the scope of a layer that has none yet") {
  const VariableStore store;
  Affine layer;
  layer(ones({1, 2}), {.scope = "here"});
  CHECK(layer.scope_name() == "here");
  layer(ones({1, 2}), {.scope = "there"});
  CHECK(layer.scope_name() == "here");
}

// Proves: 2.1 the input
TEST_CASE("2.1 an input must be there and be a tensor") {
  const VariableStore store;
  Affine layer("scale");
  CHECK_THROWS_WITH_AS(layer(std::vector<Tensor>{}), "scale: there must be an input; got none",
                       ValueError);
  CHECK_THROWS_WITH_AS(layer(Tensor()), "scale: an input must be a tensor; got an undefined one",
                       TypeError);
  CHECK_FALSE(layer.built());
}

// Proves: 2.1 the call that builds
TEST_CASE("2.1 the call that builds is checked against what the build asks for, and stays built") {
  struct Tightening : Layer {
    using Layer::Layer;
    void create_weights(const Shape&) override { set_input_spec({.rank = 3}); }
    Tensor call(const Tensor& x, const Call&) override { return x; }
  };
  const VariableStore store;
  Tightening layer("tight");
  CHECK_THROWS_WITH_AS(layer(ones({2, 3})), "tight: input must have rank 3; got (2, 3)",
                       ValueError);
  CHECK(layer.built());
  CHECK_NOTHROW(layer(ones({1, 2, 3})));
}

// Proves: 2.1 training of a call
TEST_CASE("2.1 inference is the default, and a container hands training on") {
  struct Asked : Layer {
    using Layer::Layer;
    bool training = false;
    Tensor call(const Tensor& x, const Call& call) override {
      training = call.training;
      return x;
    }
  };
  const VariableStore store;
  Sequential net;
  Asked& inside = net.add<Asked>();
  net(ones({1}));
  CHECK_FALSE(inside.training);
  net(ones({1}), training);
  CHECK(inside.training);
}
