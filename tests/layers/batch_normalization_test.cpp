#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops/random.h>
#include <reel/core/tape.h>
#include <reel/layers/batch_normalization.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/scope/collections.h>

#include "layer_helpers.h"

using namespace reel;
using test::names_of;

namespace {

const Call training{.training = true};

Tensor random(const Shape& shape, std::uint64_t draw = 0, DType dtype = float64) {
  return randn(shape, dtype, RandomKey{8, 0, draw}) * 3.0 + 5.0;
}

struct Statistics {
  double mean = 0, variance = 0;  // biased
};

// Of channel c on an axis, over all other axes, element by element.
Statistics statistics_of(const Tensor& x, int axis, Index c) {
  Index inner = 1;
  for (int i = axis + 1; i < x.rank(); ++i) inner *= x.shape()[i];
  const auto values = x.to_vector();
  std::vector<double> own;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (static_cast<Index>(i) / inner % x.shape()[axis] == c) own.push_back(values[i]);
  Statistics s;
  for (double v : own) s.mean += v / static_cast<double>(own.size());
  for (double v : own) s.variance += (v - s.mean) * (v - s.mean) / static_cast<double>(own.size());
  return s;
}

}  // namespace

// Proves: testCreateBN; 5.2 variables; 5.2 updates and collections
TEST_CASE("5.2 four variables in their order, and in training two updates, the mean's first") {
  const VariableStore store;
  BatchNormalization layer({.axis = 1, .name = "bn"});
  const Tape tape;
  layer(random({5, 3, 4}), training);
  CHECK(names_of(layer.variables()) ==
        test::Names{"bn/gamma", "bn/beta", "bn/moving_mean", "bn/moving_variance"});
  CHECK(layer.trainable_variables() == std::vector{layer.gamma(), layer.beta()});
  CHECK(layer.non_trainable_variables() ==
        std::vector{layer.moving_mean(), layer.moving_variance()});
  const auto updates = layer.updates();
  REQUIRE(updates.size() == 2);
  CHECK(updates[0].variable == layer.moving_mean());
  CHECK(updates[1].variable == layer.moving_variance());
  CHECK(collections::trainable_variables() == layer.trainable_variables());
  const auto collected = collections::update_ops();
  REQUIRE(collected.size() == 2);
  CHECK(collected[0].variable == layer.moving_mean());
  CHECK(collected[1].variable == layer.moving_variance());
  CHECK(layer.moving_mean().shape() == Shape{3});
  CHECK(layer.moving_variance().value().to_vector() == std::vector<double>{1, 1, 1});  // not yet
  layer.apply_updates();
}

// Proves: testNoCenter; 5.2 center, scale
TEST_CASE("5.2 without center or scale there is a variable less") {
  const VariableStore store;
  BatchNormalization no_center({.center = false}), no_scale({.scale = false}),
      neither({.center = false, .scale = false});
  const Tensor x = random({6, 2});
  const Tensor y = no_center(x, training);
  CHECK(no_center.variables().size() == 3);
  CHECK_FALSE(no_center.beta().defined());
  CHECK(no_scale(x, training).to_vector() == y.to_vector());
  CHECK_FALSE(no_scale.gamma().defined());
  CHECK(neither(x, training).to_vector() == y.to_vector());
  CHECK(neither.variables().size() == 2);
  CHECK(neither(x).shape() == x.shape());
}

// Proves: test3DInputAxis1; 5.2 training
TEST_CASE("5.2 in training each channel has mean beta and deviation gamma, on any axis") {
  struct Row {
    Shape shape;
    int axis;
  };
  for (const Row& row : {Row{{6, 4}, -1}, Row{{5, 4, 3}, 1}, Row{{5, 4, 3}, 2},
                         Row{{3, 5, 4, 2}, 1}, Row{{3, 5, 4, 2}, 3}, Row{{3, 5, 4, 2}, -2}})
    for (DType dtype : {float32, float64}) {
      const VariableStore store;
      BatchNormalization layer({.axis = row.axis,
                                .epsilon = 0,
                                .beta_initializer = constant(2),
                                .gamma_initializer = constant(0.5)});
      const Tensor y = layer(random(row.shape, 0, dtype), training);
      const int axis = row.axis < 0 ? row.axis + row.shape.rank() : row.axis;
      for (Index c = 0; c < row.shape[axis]; ++c) {
        const Statistics s = statistics_of(y, axis, c);
        CHECK(s.mean == doctest::Approx(2).epsilon(1e-6));
        CHECK(s.variance == doctest::Approx(0.25).epsilon(1e-5));
      }
    }
}

// Proves: 5.2 training
TEST_CASE("5.2 in training y is gamma (x - mean) / sqrt(variance + epsilon) + beta, on any axis") {
  for (const int axis : {1, 2, 3}) {
    const VariableStore store;
    BatchNormalization layer({.axis = axis, .epsilon = 0.5});
    const Tensor x = random({2, 3, 3, 3});
    layer.build(x.shape());
    layer.gamma().assign(Tensor({0.5f, -1.0f, 2.0f}));
    layer.beta().assign(Tensor({1.0f, 0.25f, -3.0f}));
    const Tensor y = layer(cast(x, float32), training);
    const Index inner = axis == 1 ? 9 : axis == 2 ? 3 : 1;
    const std::vector<double> xs = x.to_vector(), ys = y.to_vector();
    for (std::size_t i = 0; i < xs.size(); ++i) {
      const Index c = static_cast<Index>(i) / inner % 3;
      const Statistics s = statistics_of(x, axis, c);
      const double gamma = layer.gamma().value().at(c), beta = layer.beta().value().at(c);
      CHECK(ys[i] == doctest::Approx(gamma * (xs[i] - s.mean) / std::sqrt(s.variance + 0.5) + beta)
                         .epsilon(1e-5));
    }
  }
}

// Proves: 5.2 inference
TEST_CASE("5.2 inference is the default and uses the moving values, without updates") {
  const VariableStore store;
  BatchNormalization layer({.epsilon = 1,
                            .moving_mean_initializer = constant(2),
                            .moving_variance_initializer = constant(3)});
  CHECK(layer(Tensor{{4, 8}}).to_vector() == std::vector<double>{1, 3});
  CHECK(layer.updates().empty());
}

// Proves: 5.2 updates
TEST_CASE("5.2 the moving values go a share of the way to the batch, at each call once") {
  const VariableStore store;
  BatchNormalization layer({.momentum = 0.9});
  const Tensor x = random({7, 2});
  double mean = 0, variance = 1;
  const Statistics s = statistics_of(x, 1, 0);
  for (int call = 0; call < 2; ++call) {
    const Tape tape;
    layer(x, training);
    layer(x, training);
    layer.apply_updates();
    for (int i = 0; i < 2; ++i) {
      mean -= (mean - s.mean) * 0.1;
      variance -= (variance - s.variance) * 0.1;
    }
  }
  CHECK(layer.moving_mean().value().at(0) == doctest::Approx(mean).epsilon(1e-12));
  CHECK(layer.moving_variance().value().at(0) == doctest::Approx(variance).epsilon(1e-12));
}

// Proves: test3DInputAxis1; 5.2 fused; 8.32
TEST_CASE("5.2 where the reference fuses, the moving variance takes the unbiased variance") {
  const Tensor x = random({2, 3, 2, 2});
  const double biased = statistics_of(x, 3, 1).variance;
  const auto moved = [&](std::optional<bool> fused, const Tensor& input, int axis = -1) {
    const VariableStore store;
    BatchNormalization layer({.axis = axis, .momentum = 0, .fused = fused});
    layer(input, training);
    layer.apply_updates();
    return layer.moving_variance().value().at(1);
  };
  CHECK(moved({}, x) == doctest::Approx(biased * 12 / 11).epsilon(1e-12));
  CHECK(moved(true, x) == doctest::Approx(biased * 12 / 11).epsilon(1e-12));
  CHECK(moved(false, x) == doctest::Approx(biased).epsilon(1e-12));
  CHECK(moved({}, reshape(x, {2, 6, 2})) == doctest::Approx(biased).epsilon(1e-12));
  CHECK(moved({}, reshape(x, {2, 3, 1, 2, 2})) == doctest::Approx(biased * 12 / 11).epsilon(1e-12));
  const Tensor first = transpose(x, {0, 3, 1, 2}), second = transpose(x, {0, 1, 3, 2});
  CHECK(moved({}, first, 1) == doctest::Approx(biased * 12 / 11).epsilon(1e-12));
  CHECK(moved({}, first, -3) == doctest::Approx(biased * 12 / 11).epsilon(1e-12));
  CHECK(moved({}, second, 2) == doctest::Approx(biased).epsilon(1e-12));  // no kernel for this axis
  CHECK(moved({}, ones({1, 1, 1, 2}, float64)) == 0.0);                   // one element a channel
}

// Proves: test3DInputAxis1
TEST_CASE("5.2 the moving values converge, and inference then normalises like training") {
  const VariableStore store;
  BatchNormalization layer({.momentum = 0.9});
  const Tensor x = random({50, 3});
  for (int i = 0; i < 100; ++i) {
    layer(x, training);
    layer.apply_updates();
  }
  for (Index c = 0; c < 3; ++c) {
    const Statistics s = statistics_of(x, 1, c), y = statistics_of(layer(x), 1, c);
    CHECK(layer.moving_mean().value().at(c) == doctest::Approx(s.mean).epsilon(1e-3));
    CHECK(layer.moving_variance().value().at(c) == doctest::Approx(s.variance).epsilon(1e-3));
    CHECK(std::abs(y.mean) < 1e-2);
    CHECK(std::abs(y.variance - 1) < 1e-2);
  }
}

// Proves: testBooleanLearningPhase; 5.2 conditional
TEST_CASE("5.2 only a call in training adds updates, and they depend on its inputs") {
  const VariableStore store;
  BatchNormalization layer;
  const Tensor x = random({5, 2});
  const Tape tape;
  layer(x, training);
  CHECK(layer.updates().size() == 2);
  layer(x);
  CHECK(layer.updates().size() == 2);
  CHECK(layer.get_updates_for(x).size() == 2);
  CHECK(layer.get_updates_for(nullptr).empty());
  layer.apply_updates();
}

// Proves: 5.2 frozen; 8.32
TEST_CASE("5.2 a frozen layer normalises with the batch but has no updates") {
  const VariableStore store;
  BatchNormalization layer({.trainable = false}), free;
  const Tensor x = random({5, 2});
  CHECK(layer(x, training).to_vector() == free(x, training).to_vector());
  CHECK(layer.updates().empty());
  CHECK(layer.trainable_variables().empty());
  CHECK(layer.non_trainable_variables().size() == 4);
}

// Proves: 5.2 gradients
TEST_CASE("5.2 the gradients of both modes are right, with respect to input and weights") {
  const VariableStore store;
  BatchNormalization layer({.axis = 1});
  const Tensor x = random({3, 2, 4});
  layer(x);
  CHECK(check_gradients([&](const Tensor& t) { return layer(t, training); }, x));
  CHECK(check_gradients([&](const Tensor& t) { return layer(t); }, x));
  Tape tape;
  const Tensor y = layer(x, training);
  const Tensor dbeta = tape.gradient(y, layer.beta());
  CHECK(dbeta.to_vector() == std::vector<double>{12, 12});
  // The output is linear in gamma and beta: a step of 1 shows the derivative.
  const Tensor weights = random({3, 2, 4}, 1);
  for (const bool in_training : {true, false})
    for (const Variable& variable : {layer.gamma(), layer.beta()}) {
      const auto loss = [&] { return sum(layer(x, {.training = in_training}) * weights); };
      const Tape inner;
      const Tensor before = loss(), gradient = inner.gradient(before, variable);
      for (Index c = 0; c < 2; ++c) {
        const Tensor old = variable.stored();
        variable.assign(old + Tensor({c == 0 ? 1.0 : 0.0, c == 1 ? 1.0 : 0.0}, float64));
        CHECK(gradient.at(c) == doctest::Approx(loss().item() - before.item()).epsilon(1e-9));
        variable.assign(old);
      }
    }
  layer.apply_updates();
}

TEST_CASE("a numerical check moves nothing and leaves no updates behind") {
  const VariableStore store;
  BatchNormalization layer;
  const Tensor x = random({3, 2});
  CHECK(check_gradients([&](const Tensor& t) { return layer(t, training); }, x));
  CHECK(layer.updates().empty());
  CHECK(layer.moving_mean().value().to_vector() == std::vector<double>{0, 0});
}
