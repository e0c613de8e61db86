// The layers that reshape, join and apply functions: Flatten, Reshape, Permute, Activation,
// Rescaling, Add, Concatenate.
#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops/random.h>
#include <reel/layers/activation_layer.h>
#include <reel/layers/add.h>
#include <reel/layers/concatenate.h>
#include <reel/layers/flatten.h>
#include <reel/layers/permute.h>
#include <reel/layers/rescaling.h>
#include <reel/layers/reshape.h>
#include <reel/layers/sequential.h>

#include "layer_helpers.h"

using namespace reel;

namespace {

Tensor random(const Shape& shape, std::uint64_t draw = 0) {
  return randn(shape, float64, RandomKey{6, 0, draw});
}

}  // namespace

TEST_CASE("flatten keeps the batch and gives the same order for both data formats") {
  const VariableStore store;
  const Tensor x = random({2, 3, 4, 5});
  Flatten last, first({.data_format = "channels_first"});
  const Tensor y = last(x);
  CHECK(y.shape() == Shape{2, 60});
  CHECK(y.to_vector() == x.to_vector());
  CHECK(first(transpose(x, {0, 3, 1, 2})).to_vector() == x.to_vector());
  CHECK(last(random({3})).shape() == Shape{3, 1});
  CHECK(last(zeros({0, 2, 3})).shape() == Shape{0, 6});
  CHECK(last.compute_output_shape({Shape::unknown, 3, 4}) == Shape{Shape::unknown, 12});
  CHECK(last.compute_output_shape({2, Shape::unknown, 4}) == Shape{2, Shape::unknown});
  CHECK(check_gradients([&](const Tensor& t) { return first(t); }, random({2, 2, 3, 1})));
}

TEST_CASE("reshape keeps the batch and works out one extent") {
  const VariableStore store;
  Reshape layer({.target_shape = {2, -1, 3}});
  CHECK(layer(random({4, 12})).shape() == Shape{4, 2, 2, 3});
  CHECK(layer(zeros({0, 12})).shape() == Shape{0, 2, 2, 3});
  CHECK(layer.compute_output_shape({Shape::unknown, 12}) == Shape{Shape::unknown, 2, 2, 3});
  CHECK(layer.compute_output_shape({4, Shape::unknown}) == Shape{4, 2, Shape::unknown, 3});
  CHECK(Reshape({.target_shape = {6}})(random({2, 2, 3})).shape() == Shape{2, 6});
  CHECK(check_gradients([&](const Tensor& t) { return layer(t); }, random({2, 6})));
}

TEST_CASE("reshape refuses sizes that do not fit") {
  const VariableStore store;
  Reshape layer({.target_shape = {2, -1, 3}, .name = "r"});
  CHECK_THROWS_WITH_AS(
      layer(zeros({4, 10})),
      "r: target_shape (2, ?, 3) must hold as many elements as a sample; got shape (4, 10)",
      ValueError);
  CHECK_THROWS_AS(Reshape({.target_shape = {5}})(zeros({2, 6})), ValueError);
  CHECK_THROWS_WITH_AS(Reshape({.target_shape = {-1, -1}}),
                       "reshape: target_shape may have one unknown extent; got (?, ?)", ValueError);
}

TEST_CASE("permute puts the axes of each sample in another order") {
  const VariableStore store;
  const Tensor x = random({2, 3, 4, 5});
  Permute layer({.dims = {3, 1, 2}});
  CHECK(layer(x).to_vector() == transpose(x, {0, 3, 1, 2}).to_vector());
  CHECK(layer(x).shape() == Shape{2, 5, 3, 4});
  CHECK(layer(zeros({0, 3, 4, 5})).shape() == Shape{0, 5, 3, 4});
  const Index n = Shape::unknown;
  CHECK(layer.compute_output_shape({n, 3, n, 5}) == Shape{n, 5, 3, n});
  CHECK(Permute({.dims = {1}})(random({2, 3})).shape() == Shape{2, 3});
  CHECK_THROWS_WITH_AS(layer(random({2, 3, 4})), "permute: input must have rank 4; got (2, 3, 4)",
                       ValueError);
  const auto refuses = [](const std::vector<int>& dims, const std::string& got) {
    const std::string message =
        "p: dims must be the axes 1 to n of a sample in some order, n from 1 to 7; got " + got;
    CHECK_THROWS_WITH_AS(Permute({.dims = dims, .name = "p"}), message.c_str(), ValueError);
  };
  refuses({}, "()");
  refuses({0, 1}, "(0, 1)");
  refuses({1, 3}, "(1, 3)");
  refuses({2, 2}, "(2, 2)");
  refuses({1, 2, 3, 4, 5, 6, 7, 8}, "(1, 2, 3, 4, 5, 6, 7, 8)");
}

TEST_CASE("rescaling multiplies and adds, in training and inference alike") {
  const VariableStore store;
  const Tensor x({{0, 51}, {255, -3}}, float64);
  Rescaling layer(2, -1);
  CHECK(layer(x).to_vector() == std::vector<double>{-1, 101, 509, -7});
  CHECK(layer(x, {.training = true}).to_vector() == layer(x).to_vector());
  CHECK(layer(cast(x, float32)).dtype() == float32);
  CHECK(layer(zeros({0, 2})).shape() == Shape{0, 2});
  CHECK(layer.compute_output_shape({Shape::unknown, 2}) == Shape{Shape::unknown, 2});
  CHECK_THROWS_WITH_AS(Rescaling(NAN), "rescaling: scale must be finite; got nan", ValueError);
  CHECK(Rescaling({.scale = 2.0})(x).to_vector() == std::vector<double>{0, 102, 510, -6});
  CHECK(Rescaling({.scale = 2, .offset = -1})(x).to_vector() == layer(x).to_vector());
  CHECK_THROWS_WITH_AS(Rescaling({.offset = HUGE_VAL, .name = "r"}),
                       "r: offset must be finite; got inf", ValueError);
}

TEST_CASE("the activation layer is called activation and takes a name, an op or a closure") {
  const VariableStore store;
  const Tensor x{{-1, 2}};
  layers::Activation by_name("relu");
  CHECK(by_name(x).to_vector() == std::vector<double>{0, 2});
  CHECK(by_name.name() == "activation_1");
  CHECK(layers::Activation(relu)(x).to_vector() == std::vector<double>{0, 2});
  CHECK(
      layers::Activation({.activation = [](const Tensor& t) { return 2.0 * t; }})(x).to_vector() ==
      std::vector<double>{-2, 4});
  CHECK_THROWS_AS(layers::Activation("foo"), ValueError);
}

TEST_CASE("a chain takes the activation layer by name") {
  const VariableStore store;
  Sequential net("net");
  net.add<layers::Activation>("relu");
  net.add<layers::Activation>({.activation = tanh});
  net.add<Flatten>();
  CHECK(net(Tensor{{-1, 0}}).to_vector() == std::vector<double>{0, 0});
}

TEST_CASE("add sums its inputs and broadcasts them") {
  const VariableStore store;
  Add layer({.name = "plus"});
  const Tensor a = random({2, 3}), b = random({2, 3}, 1), c = random({2, 1}, 2);
  CHECK(layer({a, b}).to_vector() == (a + b).to_vector());
  CHECK(layer({a, b, c}).to_vector() == (a + b + c).to_vector());
  const Shape shapes[] = {{2, 3}, {2, 1}};
  CHECK(layer.compute_output_shape(shapes) == Shape{2, 3});
  CHECK_THROWS_WITH_AS(layer.compute_output_shape(Shape{2, 3}),
                       "plus: there must be at least 2 input shapes; got 1", ValueError);
  CHECK_THROWS_WITH_AS(layer(a), "plus: there must be at least 2 inputs; got 1", ValueError);
  CHECK_THROWS_AS(layer({a, random({2, 4})}), ValueError);
  const auto f = [&](const std::vector<Tensor>& xs) { return layer(xs); };
  CHECK(check_gradients(f, {a, b, c}));
}

TEST_CASE("concatenate joins along its axis") {
  const VariableStore store;
  Concatenate last, first({.axis = 0});
  const Tensor a({{1, 2}, {3, 4}}, float64), b({{5}, {6}}, float64);
  CHECK(last({a, b}).to_vector() == std::vector<double>{1, 2, 5, 3, 4, 6});
  CHECK(first({a, a}).shape() == Shape{4, 2});
  const auto f = [&](const std::vector<Tensor>& xs) { return last(xs); };
  CHECK(check_gradients(f, {a, b}));
}

TEST_CASE("concatenate works out shapes with unknown extents and refuses what does not fit") {
  const VariableStore store;
  Concatenate layer({.name = "join"});
  const Index n = Shape::unknown;
  const Shape some[] = {{n, 4, 2}, {3, 4, 3}}, unknown[] = {{3, n, 2}, {3, 4, n}},
              bad[] = {{3, 4, 2}, {3, 5, 2}};
  CHECK(layer.compute_output_shape(some) == Shape{3, 4, 5});
  CHECK(layer.compute_output_shape(unknown) == Shape{3, 4, n});
  CHECK_THROWS_WITH_AS(
      layer.compute_output_shape(bad),
      "join: input shapes must agree on all axes but -1; got (3, 4, 2) and (3, 5, 2)", ValueError);
  CHECK_THROWS_WITH_AS(layer.compute_output_shape(Shape{2, 3}),
                       "join: there must be at least 2 input shapes; got 1", ValueError);
  CHECK_THROWS_WITH_AS(layer(ones({2, 2})), "join: there must be at least 2 inputs; got 1",
                       ValueError);
  CHECK_THROWS_AS(layer({ones({2, 2}), ones({3, 2})}), ValueError);
}

TEST_CASE("configs make the same layers again") {
  const VariableStore store;
  const auto round_trip = [](const auto& layer) {
    using T = std::decay_t<decltype(layer)>;
    const T again = T::from_config(layer.get_config());
    CHECK(again.get_config() == layer.get_config());
  };
  round_trip(Flatten({.data_format = "channels_first"}));
  round_trip(Reshape({.target_shape = {2, -1}, .name = "r"}));
  round_trip(Permute({.dims = {2, 1}}));
  round_trip(Rescaling(0.5, -1));
  round_trip(layers::Activation({.activation = "swish"}));
  round_trip(Add());
  round_trip(Concatenate({.axis = 1}));
}
