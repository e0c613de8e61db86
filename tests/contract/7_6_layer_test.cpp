// Contract 7.6: the reference's tests of its present base layer, where its rules are ours.
#include <doctest/doctest.h>

#include <reel/layers/batch_normalization.h>
#include <reel/layers/dense.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/functions/regularizers.h>

#include "ledger_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

// Eight weights: two of its own, two of a dense layer, four of a batch normalisation.
struct Nested : Layer {
  using Layer::Layer;
  Dense& dense = child<Dense>({.units = 1});
  BatchNormalization& normalization = child<BatchNormalization>();
  void create_weights(const Shape&) override {
    add_weight("trained", {}, {.initializer = ones});
    add_weight("fixed", {}, {.initializer = ones, .trainable = false});
  }
  Tensor call(const Tensor& x, const Call& call) override {
    return normalization(dense(x, call), call);
  }
  std::pair<std::size_t, std::size_t> counts() const {
    return {trainable_variables().size(), non_trainable_variables().size()};
  }
};

using Counts = std::pair<std::size_t, std::size_t>;

}  // namespace

// Proves: NestedTrackingTest.test_nested_layer_variable_tracking; 2.6 layers inside layers; 8.16
TEST_CASE("7.6 test_nested_layer_variable_tracking: 5 and 3, then 3 and 5, then 0 and 8") {
  const VariableStore store;
  Nested layer;
  layer(ones({2, 1}));
  CHECK(layer.variables().size() == 8);
  CHECK(layer.counts() == Counts{5, 3});
  layer.normalization.set_trainable(false);
  CHECK(layer.counts() == Counts{3, 5});
  layer.set_trainable(false);
  CHECK(layer.counts() == Counts{0, 8});
  CHECK_FALSE(layer.dense.trainable());
}

// Proves: NestedTrackingTest.test_nested_layer_updates_losses_tracking
TEST_CASE("7.6 test_nested_layer_updates_losses_tracking: three of each, down to the grandchild") {
  // A loss and an update at every call.
  struct Both : Layer {
    using Layer::Layer;
    Variable count;
    void create_weights(const Shape&) override {
      count = add_weight("count", {}, {.initializer = zeros, .trainable = false});
    }
    Tensor call(const Tensor& x, const Call&) override {
      add_loss(sum(x), x);
      add_update(count, [](const Tensor& old) { return old + 1.0; });
      return x + 1.0;
    }
  };
  struct Middle : Both {
    using Both::Both;
    Both& inner = child<Both>();
    Tensor call(const Tensor& x, const Call& call) override { return inner(Both::call(x, call)); }
  };
  struct Outer : Both {
    using Both::Both;
    Middle& inner = child<Middle>();
    Tensor call(const Tensor& x, const Call& call) override { return inner(Both::call(x, call)); }
  };
  const VariableStore store;
  Outer layer;
  layer(ones({1}));
  CHECK(items_of(layer.losses()) == Items{1, 2, 3});
  CHECK(layer.updates().size() == 3);
  layer.apply_updates();
  CHECK(layer.inner.inner.count.value().item() == 1);
}

// Proves: test_passing_initial_weights_values
TEST_CASE("7.6 test_passing_initial_weights_values: weights given to the constructor") {
  const VariableStore store;
  const Tensor kernel{{1, 2}, {3, 4}};
  Dense layer({.units = 2, .use_bias = false, .weights = {kernel}});
  CHECK(layer(Tensor{{1, 1}}).to_vector() == Items{4, 6});
  CHECK(layer.get_weights()[0].to_vector() == kernel.to_vector());
}

// Proves: test_set_weights_and_get_weights
TEST_CASE(
    "7.6 test_set_weights_and_get_weights: both come back, and what does not fit is refused") {
  const VariableStore store;
  Dense layer({.units = 2, .name = "layer"});
  layer.build({Shape::unknown, 3});
  layer.set_weights({ones({3, 2}), ones({2})});
  CHECK(layer.get_weights()[0].to_vector() == Items(6, 1.0));
  CHECK(layer.get_weights()[1].to_vector() == Items(2, 1.0));
  const auto set = [&](const std::vector<Tensor>& values) { layer.set_weights(values); };
  CHECK_THROWS_WITH_AS(set({ones({3, 2})}), "layer: there must be 2 weights; got 1", ValueError);
  CHECK_THROWS_WITH_AS(set({ones({3, 2}), ones({3})}),
                       "layer: weight layer/bias must have shape (2,); got (3,)", ValueError);
}

// Proves: test_build_input_shape; 2.1 built, build shape
TEST_CASE("7.6 test_build_input_shape: the shapes of the build are remembered") {
  const VariableStore store;
  Dense built({.units = 2}), called({.units = 2});
  built.build({Shape::unknown, 3});
  called(ones({4, 3}));
  CHECK(built.build_shapes() == std::vector<Shape>{{Shape::unknown, 3}});
  CHECK(called.build_shapes() == std::vector<Shape>{{4, 3}});
}

// Proves: test_activity_regularizer_string
TEST_CASE("7.6 test_activity_regularizer_string: a name stands for the function") {
  const VariableStore store;
  Dense layer({.units = 1, .kernel_initializer = ones, .activity_regularizer = "l2"});
  layer(ones({2, 3}));
  CHECK(layer.total_loss().item() == doctest::Approx(0.01 * 9 * 2 / 2));
  CHECK(layer.activity_regularizer() == l2());
}

// Proves: test_error_when_passing_non_tensor
TEST_CASE("7.6 test_error_when_passing_non_tensor: what is no tensor is a TypeError") {
  const VariableStore store;
  Dense layer({.units = 1, .name = "layer"});
  CHECK_THROWS_WITH_AS(layer(Tensor()), "layer: an input must be a tensor; got an undefined one",
                       TypeError);
}

// Proves: base_test.test_count_params; base_layer_test.test_count_params
TEST_CASE("7.6 test_count_params: of a built layer only") {
  const VariableStore store;
  Dense layer({.units = 16, .name = "dense"});
  CHECK_THROWS_WITH_AS(layer.count_params(),
                       "dense: the layer must be built before its parameters are counted; it is "
                       "not; call it or build(shape)",
                       ValueError);
  layer.build({Shape::unknown, 4});
  CHECK(layer.count_params() == 16 * 4 + 16);
}
