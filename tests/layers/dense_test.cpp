#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops/random.h>
#include <reel/layers/dense.h>
#include <reel/layers/flatten.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/sequential.h>

#include "layer_helpers.h"

using namespace reel;
using test::names_of;

namespace {

Tensor random(const Shape& shape, std::uint64_t draw, DType dtype = float64) {
  return randn(shape, dtype, RandomKey{3, 0, draw});
}

// y[i, u] = sum_k x[i, k] w[k, u] + b[u] over all leading axes.
std::vector<double> naive_dense(const Tensor& x, const Tensor& w, const Tensor& b) {
  const Index in = w.dim(0), units = w.dim(1), rows = x.size() / in;
  const auto xs = x.to_vector(), ws = w.to_vector(), bs = b.to_vector();
  std::vector<double> y;
  for (Index i = 0; i < rows; ++i)
    for (Index u = 0; u < units; ++u) {
      double sum = bs[static_cast<std::size_t>(u)];
      for (Index k = 0; k < in; ++k)
        sum +=
            xs[static_cast<std::size_t>(i * in + k)] * ws[static_cast<std::size_t>(k * units + u)];
      y.push_back(sum);
    }
  return y;
}

}  // namespace

TEST_CASE("dense multiplies the last axis, whatever the rank") {
  for (const Shape& shape : {Shape{5, 3}, Shape{2, 4, 3}, Shape{2, 1, 2, 3}})
    for (DType dtype : {float32, float64}) {
      const VariableStore store;
      Dense layer({.units = 4, .bias_initializer = random_normal({.stddev = 1, .seed = 1})});
      const Tensor x = random(shape, 0, dtype), y = layer(x);
      const auto want = naive_dense(x, layer.kernel(), layer.bias());
      REQUIRE(y.size() == static_cast<Index>(want.size()));
      CHECK(y.shape() == layer.compute_output_shape(shape));
      for (std::size_t i = 0; i < want.size(); ++i)
        CHECK(y.to_vector()[i] ==
              doctest::Approx(want[i]).epsilon(dtype == float32 ? 1e-5 : 1e-12));
    }
}

TEST_CASE("dense applies its activation and can do without a bias") {
  const VariableStore store;
  Dense layer({.units = 1, .activation = "relu", .use_bias = false, .kernel_initializer = ones});
  CHECK(layer(Tensor{{-1, -2}, {1, 2}}).to_vector() == std::vector<double>{0, 3});
  CHECK_FALSE(layer.bias().defined());
  CHECK(layer.variables().size() == 1);
}

TEST_CASE("the gradients of dense are right with respect to input and weights") {
  const VariableStore store;
  Dense layer({.units = 2, .activation = "tanh", .dtype = float64});
  layer.build({2, 3, 3});
  CHECK(check_gradients([&](const Tensor& x) { return layer(x); }, random({2, 3, 3}, 1)));
  const auto on_weights = [&](const std::vector<Tensor>& weights) {
    return tanh(matmul(weights[0], weights[1]) + weights[2]);
  };
  CHECK(check_gradients(on_weights, {random({4, 3}, 2), random({3, 2}, 3), random({2}, 4)}));
}

TEST_CASE("a batch of nothing goes through dense") {
  const VariableStore store;
  Dense layer({.units = 2});
  CHECK(layer(zeros({0, 3})).shape() == Shape{0, 2});
  CHECK(layer(zeros({0, 4, 3})).shape() == Shape{0, 4, 2});
}

TEST_CASE("a config makes the same dense layer again") {
  const VariableStore store;
  Dense layer({.units = 3, .activation = relu, .kernel_regularizer = l2(0.1), .name = "head"});
  Dense again = Dense::from_config(layer.get_config());
  CHECK(again.get_config() == layer.get_config());
  CHECK(again.options().kernel_regularizer == l2(0.1));
  CHECK(again.options().activation == Activation(relu));
}

TEST_CASE("dense refuses inputs without features, of which a bias alone would be trained") {
  for (DType dtype : {float32, float64})
    for (const Shape& empty : {Shape{2, 0}, Shape{2, 4, 0}, Shape{0, 0}}) {
      const VariableStore store;
      Dense dense({.units = 3, .name = "d"});
      const std::string want = fmt::format(
          "d: the input's last axis must be >= 1; got shape {}, from which 3 units are to be "
          "computed; enlarge the input of the layers before",
          empty);
      CHECK_THROWS_WITH_AS(dense(ones(empty, dtype)), want.c_str(), ValueError);
      CHECK_THROWS_WITH_AS(dense.build(empty), want.c_str(), ValueError);
      CHECK_THROWS_WITH_AS(dense.compute_output_shape(empty), want.c_str(), ValueError);
      CHECK(dense.variables().empty());
    }
  const VariableStore store;
  Sequential net("net");
  net.add<Flatten>();
  net.add<Dense>({.units = 3});
  CHECK_THROWS_WITH_AS(net(ones({2, 0, 5, 3})),
                       "net/dense: the input's last axis must be >= 1; got shape (2, 0), from "
                       "which 3 units are to be computed; enlarge the input of the layers before",
                       ValueError);
}

TEST_CASE("dense refuses what has no meaning") {
  const VariableStore store;
  CHECK_THROWS_WITH_AS(Dense({.units = 0}), "dense: units must be >= 1; got 0", ValueError);
  CHECK_THROWS_AS(Dense({.units = 1, .activation = "foo"}), ValueError);
  Dense layer({.units = 2, .name = "d"});
  CHECK_THROWS_WITH_AS(layer(ones({3})), "d: input must have at least rank 2; got (3,)",
                       ValueError);
  CHECK_THROWS_WITH_AS(layer.build({2, Shape::unknown}),
                       "d: the input's last axis must be known; got shape (2, ?)", ValueError);
  layer(ones({2, 3}));
  CHECK_THROWS_WITH_AS(layer(ones({2, 4})), "d: input features must be 3 (axis -1); got (2, 4)",
                       ValueError);
}
