// Subtract, Multiply, Average, Maximum and Minimum; Add is in shape_layers_test.cpp.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>
#include <reel/layers/add.h>
#include <reel/layers/merge.h>

using namespace reel;

namespace {

const Tensor a({{1, 5, -2}, {0, 3, 4}}, float64), b({{2, -1, -3}, {7, 0.5, 4}}, float64),
    c({{0.5}, {2}}, float64);

template <class T>
std::vector<double> merged(std::initializer_list<Tensor> xs) {
  const VariableStore store;
  T layer;
  return layer(xs).to_vector();
}

// Calls f with a layer of each class that takes any number of inputs.
template <class F>
void for_each_merge(const F& f) {
  f(Add());
  f(Multiply());
  f(Average());
  f(Maximum());
  f(Minimum());
}

}  // namespace

TEST_CASE("merges work element by element, from left to right, and broadcast") {
  using V = std::vector<double>;
  CHECK(merged<Subtract>({a, b}) == V{-1, 6, 1, -7, 2.5, 0});
  CHECK(merged<Subtract>({a, c}) == V{0.5, 4.5, -2.5, -2, 1, 2});
  CHECK(merged<Multiply>({a, b, c}) == V{1, -2.5, 3, 0, 3, 32});
  CHECK(merged<Average>({a, b}) == V{1.5, 2, -2.5, 3.5, 1.75, 4});
  CHECK(merged<Average>({a, b, c, c}) == V{1, 1.25, -1, 2.75, 1.875, 3});
  CHECK(merged<Maximum>({a, b, c}) == V{2, 5, 0.5, 7, 3, 4});
  CHECK(merged<Minimum>({a, b, c}) == V{0.5, -1, -3, 0, 0.5, 2});
  for_each_merge([](auto layer) {
    for (const DType dtype : {float32, float64}) {
      const Tensor y = layer({cast(a, dtype), cast(c, dtype)});
      CHECK(y.dtype() == dtype);
      CHECK(y.shape() == Shape{2, 3});
      CHECK(layer({zeros({0, 3}, dtype), zeros({3}, dtype)}).shape() == Shape{0, 3});
    }
  });
}

TEST_CASE("an average is a number of the dtype wherever the mean is") {
  for (const DType dtype : {float32, float64}) {
    const double most = dtype == float32 ? 3e38 : 1.7e308;
    const Tensor large = full({2}, most, dtype), small = full({2}, -most, dtype);
    const VariableStore store;
    Average layer;
    CHECK(layer({large, large}).to_vector() == large.to_vector());
    CHECK(max(layer({large, large, large})).item() == doctest::Approx(most));
    CHECK(layer({large, small}).to_vector() == std::vector<double>{0, 0});
    CHECK(max(layer({large, large, large, large, small})).item() == doctest::Approx(most * 0.6));
  }
}

TEST_CASE("the gradients of merges are right; at a tie the first has the whole") {
  const VariableStore store;
  for_each_merge([](auto layer) {
    const auto f = [&](const std::vector<Tensor>& xs) { return layer(xs); };
    const Tensor apart = b + Tensor({{0, 0, 0}, {0, 0, 0.25}}, float64);  // no tie with a
    CHECK(check_gradients(f, {a, apart}));
    CHECK(check_gradients(f, {a, apart, c + 0.125}));
  });
  Subtract difference;
  CHECK(check_gradients([&](const std::vector<Tensor>& xs) { return difference(xs); }, {a, c}));
  for (Layer* layer : std::initializer_list<Layer*>{new Maximum, new Minimum}) {
    const std::unique_ptr<Layer> owned(layer);
    const Tensor x = ones({2}), z = ones({2});
    Tape tape;
    tape.watch(x), tape.watch(z);
    const auto gradients = tape.gradient((*layer)({x, z}), {x, z});
    CHECK(gradients[0].to_vector() == std::vector<double>{1, 1});
    CHECK(gradients[1].to_vector() == std::vector<double>{0, 0});
  }
}

TEST_CASE("merges know their shapes, and refuse too few inputs and those that do not fit") {
  const Index n = Shape::unknown;
  for_each_merge([&](auto layer) {
    using T = decltype(layer);
    const VariableStore store;
    T named({.name = "m"});
    CHECK(named.compute_output_shape({Shape{n, 4}, Shape{n, 1}}) == Shape{n, 4});
    CHECK(named.compute_output_shape({Shape{2, 4}, Shape{2, 1}, Shape{4}}) == Shape{2, 4});
    CHECK_THROWS_WITH_AS(named(a), "m: there must be at least 2 inputs; got 1", ValueError);
    CHECK_THROWS_WITH_AS(named.compute_output_shape(Shape{2, 3}),
                         "m: there must be at least 2 input shapes; got 1", ValueError);
    CHECK_THROWS_WITH_AS(named.compute_output_shape({Shape{2, 3}, Shape{2, 4}}),
                         doctest::Contains(": shapes must broadcast; got (2, 3) and (2, 4)"),
                         ValueError);
    CHECK_THROWS_WITH_AS(named({ones({2, 3}), ones({2, 4})}),
                         doctest::Contains(": shapes must broadcast; got (2, 3) and (2, 4)"),
                         ValueError);
    CHECK_THROWS_AS(named({a, cast(b, float32)}), TypeError);
    CHECK(T::from_config(named.get_config()).get_config() == named.get_config());
  });
  const VariableStore store;
  Subtract difference({.name = "d"});
  CHECK_THROWS_WITH_AS(difference({a, b, c}), "d: there must be exactly 2 inputs; got 3",
                       ValueError);
  CHECK_THROWS_WITH_AS(difference(a), "d: there must be exactly 2 inputs; got 1", ValueError);
  CHECK_THROWS_WITH_AS(difference.compute_output_shape({Shape{2}, Shape{2}, Shape{2}}),
                       "d: there must be exactly 2 input shapes; got 3", ValueError);
  CHECK_THROWS_WITH_AS(difference({ones({2, 3}), ones({4})}),
                       "d: sub: shapes must broadcast; got (2, 3) and (4,)", ValueError);
  CHECK_THROWS_WITH_AS(difference.compute_output_shape({Shape{2, 3}, Shape{4}}),
                       "d: sub: shapes must broadcast; got (2, 3) and (4,)", ValueError);
}
