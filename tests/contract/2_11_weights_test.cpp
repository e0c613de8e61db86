// Contract 2.11: all weights at once.
#include <doctest/doctest.h>

#include <reel/layers/sequential.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

// Proves: test_set_weights_accepts_output_of_get_weights; 2.11 get_weights
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

// Proves: 0 order of get_weights; 2.11 get_weights
TEST_CASE("2.11 freezing anything in between does not change where weights go") {
  const VariableStore store;
  Sequential net("net");
  net.add<Mixed>();
  net.add<Sequential>().add<Block>();
  net.add<Affine>(LayerOptions{.trainable = false});
  net.share(net.add<Affine>());
  const Tensor x = ones({1, 2});
  net(x);
  std::vector<Tensor> values;
  for (const Variable& variable : net.variables()) {  // nothing is frozen: the order of these
    values.push_back(full(variable.shape(), static_cast<double>(values.size())));
    variable.assign(values.back());
  }
  const auto check = [&](const std::vector<Tensor>& read) {
    REQUIRE(read.size() == values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      CHECK(read[i].to_vector() == values[i].to_vector());
  };
  for (Layer* first : net.flatten_layers())
    for (Layer* second : net.flatten_layers()) {
      CAPTURE(first->path());
      CAPTURE(second->path());
      first->set_trainable(false);
      check(net.get_weights());
      const std::vector<Tensor> read = net.get_weights();
      second->set_trainable(!second->trainable());
      net.set_weights(read);
      net.set_trainable(true);
      check(net.get_weights());
    }
}

// Proves: 2.11 set_weights
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

// Proves: 2.11 count_params
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

// Proves: 2.11 get_weights
TEST_CASE("2.11 what get_weights gave does not change when the variables do") {
  const VariableStore store;
  Affine layer;
  layer.build({1, 2});
  const std::vector<Tensor> before = layer.get_weights();
  layer.w.assign(full({2}, 9.0));
  CHECK(before[0].to_vector() == std::vector<double>{1, 1});
}

// Proves: 2.11 count_params
TEST_CASE("2.11 count_params counts a shared variable once") {
  const VariableStore store;
  Block block;
  block.share(block.first);
  block(ones({1, 3}));
  CHECK(block.count_params() == 4 * 3);
}
