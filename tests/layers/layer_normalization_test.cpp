// LayerNormalization: statistics of each sample, on any axes and at any scale.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/layer_normalization.h>

#include "largest_difference.h"
#include "layer_helpers.h"
#include "with_kernels.h"

using namespace reel;
using namespace reel::testing;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

Tensor random(const Shape& shape, DType dtype = float64) {
  return randn(shape, dtype, RandomKey{15, 0, 0}) * 3.0 + 5.0;
}

// The formula, by ops that know nothing of normalization.
Tensor by_hand(const Tensor& x, const std::vector<int>& axes, double epsilon = 1e-3) {
  const Tensor centred = x - mean(x, axes, true);
  return centred / sqrt(mean(square(centred), axes, true) + epsilon);
}

}  // namespace

TEST_CASE("layer normalization gives each sample mean 0 and variance 1, on any axes") {
  struct Row {
    Shape shape;
    std::vector<int> axis;
    Shape weights;
  };
  for (const Row& row : {Row{{4, 7}, {-1}, {7}}, Row{{2, 3, 5}, {1}, {3}},
                         Row{{2, 3, 5}, {2, 1}, {5, 3}}, Row{{2, 3, 4, 5}, {1, 2, 3}, {3, 4, 5}},
                         Row{{2, 3, 4, 5}, {1, -1}, {3, 5}}, Row{{2, 3, 1, 5}, {1, 2}, {3, 1}},
                         Row{{3, 2}, {0}, {3}}, Row{{5}, {0}, {5}}, Row{{3, 1}, {1}, {1}}})
    for (const DType dtype : {float32, float64})
      for (const char* kernels : {"fast", "naive"}) {
        const VariableStore store;
        const WithKernels chosen(kernels);
        INFO(row.shape, ", ", dtype, ", ", kernels);
        LayerNormalization layer({.axis = row.axis});
        const Tensor x = random(row.shape, dtype), y = layer(x);
        const Tensor want = by_hand(cast(x, float64), row.axis);
        CHECK(y.dtype() == dtype);
        CHECK(largest_difference(cast(y, float64), want) <= (dtype == float32 ? 1e-5 : 1e-13));
        CHECK(layer.gamma().shape() == row.weights);
        CHECK(layer.beta().shape() == row.weights);
        CHECK(layer(x, {.training = true}).to_vector() == y.to_vector());
      }
}

TEST_CASE("gamma and beta of layer normalization lie along the axes in ascending order") {
  const VariableStore store;
  LayerNormalization layer({.axis = {2, 1}}), ascending({.axis = {1, 2}});
  const Tensor x = random({2, 3, 2}), numbers = arange(6, float64) + 1.0;
  layer(x), ascending(x);
  layer.set_weights({reshape(numbers, {2, 3}), reshape(-numbers, {2, 3})});
  ascending.set_weights({reshape(numbers, {3, 2}), reshape(-numbers, {3, 2})});
  const Tensor along = reshape(numbers, {1, 3, 2});
  CHECK(largest_difference(layer(x), by_hand(x, {1, 2}) * along - along) <= 1e-13);
  CHECK(layer(x).to_vector() == ascending(x).to_vector());
}

TEST_CASE("layer normalization without center or scale has a variable less") {
  const VariableStore store;
  const Tensor x = random({6, 2});
  LayerNormalization both({.name = "ln"}), no_center({.center = false}), no_scale({.scale = false}),
      neither({.center = false, .scale = false});
  const Tensor y = both(x);
  CHECK(test::names_of(both.variables()) == test::Names{"ln/gamma", "ln/beta"});
  CHECK(no_center(x).to_vector() == y.to_vector());
  CHECK(no_scale(x).to_vector() == y.to_vector());
  CHECK(neither(x).to_vector() == y.to_vector());
  CHECK_FALSE(no_center.beta().defined());
  CHECK_FALSE(no_scale.gamma().defined());
  CHECK(neither.variables().empty());
}

TEST_CASE("layer normalization takes regularizers and constraints of its weights") {
  const VariableStore store;
  LayerNormalization layer({.beta_initializer = constant(-2),
                            .gamma_initializer = constant(3),
                            .beta_regularizer = l1(0.5),
                            .gamma_regularizer = l2(1),
                            .beta_constraint = non_neg(),
                            .gamma_constraint = max_norm(1.0),
                            .activity_regularizer = l2(0.1)});
  Tape tape;
  layer(random({3, 4}));
  CHECK(layer.losses().size() == 3);
  CHECK(layer.gamma().constraint().name() == "max_norm");
  CHECK(layer.beta().constraint().name() == "non_neg");
  CHECK(layer.total_loss().item() > 4 * 9 + 4 * 0.5 * 2 - 1e-9);
}

TEST_CASE("layer normalization has y and gradients at any scale, in both dtypes") {
  for (const char* kernels : {"fast", "naive"})
    for (const DType dtype : {float32, float64})
      for (const int exponent : {-120, -60, -30, 0, 30, 62, 66, 100, 120}) {
        const WithKernels chosen(kernels);
        const VariableStore store;
        const int scaled = dtype == float32 ? exponent : exponent * 8;
        const double one = std::ldexp(1.0, scaled);
        // Its square would be infinite, or no number.
        const double epsilon = std::abs(scaled) > 500 || std::abs(exponent) > 60 ? 0 : 1e-3;
        INFO(kernels, ", ", dtype, ", 2^", scaled);
        const Tensor base =
            cast(Tensor({{0.1, -0.4, 0.9, 0.3}, {-0.7, 0.2, 0.6, 8.0}}, float64), dtype);
        const Tensor weights =
            cast(Tensor({{1, 0.5, -0.25, 2}, {0.75, -1, 0.5, 1}}, float64), dtype);
        const auto run = [&](const Tensor& x, double eps) {
          LayerNormalization layer({.epsilon = eps, .gamma_initializer = constant(1.5)});
          Tape tape;
          tape.watch(x);
          const Tensor y = layer(x);
          const Tensor loss = sum(y * cast(weights, x.dtype()));
          return std::vector<Tensor>{y, tape.gradient(loss, x), tape.gradient(loss, layer.gamma())};
        };
        const auto want = run(cast(base, float64), epsilon);
        const auto got = run(base * one, epsilon * one * one);
        const double allowed = dtype == float32 ? 2e-5 : 1e-12;
        CHECK(largest_difference(cast(got[0], float64), want[0]) <= allowed);
        CHECK(largest_difference(cast(got[2], float64), want[2]) <= allowed * 4);
        if (exponent == 120) continue;  // the gradient is subnormal
        CHECK(largest_difference(cast(got[1] * one, float64), want[1]) <= allowed * 10);
      }
}

TEST_CASE("rows without spread are beta, whatever their size, and nothing is NaN") {
  for (const DType dtype : {float32, float64}) {
    const VariableStore store;
    LayerNormalization layer({.beta_initializer = constant(0.25)});
    const double most = dtype == float32 ? 3e38 : 1.7e308;
    for (const double value : {0.0, 1.0, 1e-30, 16777217.0, most, -most}) {
      const Tensor y = layer(full({2, 3}, value, dtype));
      CHECK(y.to_vector() == std::vector<double>(6, 0.25));
    }
    // Nearly none beside a large mean: differences of squares would come out below 0.
    const Tensor near = full({1, 3}, 1e4, dtype) + cast(Tensor({{0.0, 1e-3, 0.0}}, float64), dtype);
    for (const double value : layer(near).to_vector())
      CHECK(std::abs(value - 0.25) <= std::sqrt(3.0));
  }
}

TEST_CASE("rows of layer normalization do not see each other") {
  const VariableStore store;
  LayerNormalization layer;
  const Tensor ordinary({{1, -1, 2}}), far({{1e30, -1e30, 2e30}}), lost({{not_a_number, 1, 2}});
  const std::vector<double> alone = layer(ordinary).to_vector();
  const std::vector<double> beside = layer(concat({far, ordinary, lost})).to_vector();
  CHECK(std::vector<double>(beside.begin() + 3, beside.begin() + 6) == alone);
  CHECK(std::isfinite(beside[0]));
  CHECK(std::isnan(beside[6]));
}

TEST_CASE("the gradients of layer normalization are right on every layout of its axes") {
  for (const std::vector<int>& axis : {std::vector<int>{-1}, std::vector<int>{1},
                                       std::vector<int>{1, 2}, std::vector<int>{3, 1}}) {
    const VariableStore store;
    LayerNormalization layer({.axis = axis, .epsilon = 0.1});
    const Tensor x = random({2, 3, 2, 2});
    layer(x);
    const GradCheckReport report = check_gradients([&](const Tensor& t) { return layer(t); }, x,
                                                   {.variables = layer.variables()});
    INFO(report);
    CHECK(report);
  }
}

TEST_CASE("an empty batch is normalized to an empty one, with gradients of 0") {
  const VariableStore store;
  LayerNormalization layer;
  const Tensor x = zeros({0, 3});
  Tape tape;
  tape.watch(x);
  const Tensor y = layer(x);
  CHECK(y.shape() == Shape{0, 3});
  CHECK(tape.gradient(y, layer.gamma()).to_vector() == std::vector<double>{0, 0, 0});
  CHECK(tape.gradient(y, x).shape() == Shape{0, 3});
  const Index n = Shape::unknown;
  CHECK(layer.compute_output_shape({n, 3}) == Shape{n, 3});
  CHECK(LayerNormalization({.axis = {1}})(zeros({2, 0})).shape() == Shape{2, 0});
}

TEST_CASE("layer normalization refuses what has no meaning") {
  const VariableStore store;
  CHECK_THROWS_WITH_AS(LayerNormalization({.axis = {}}),
                       "layer_normalization: axis must name at least one axis; got ()", ValueError);
  CHECK_THROWS_WITH_AS(LayerNormalization({.epsilon = -1}),
                       "layer_normalization: epsilon must be >= 0; got -1", ValueError);
  CHECK_THROWS_WITH_AS(LayerNormalization({.epsilon = not_a_number}),
                       "layer_normalization: epsilon must be >= 0; got nan", ValueError);
  CHECK_THROWS_WITH_AS(
      LayerNormalization({.axis = {1, -1}, .name = "ln"})(ones({2, 3})),
      "ln: axis must name each axis once; got (1, -1) for an input of shape (2, 3)", ValueError);
  CHECK_THROWS_WITH_AS(LayerNormalization({.axis = {2}, .name = "outside"})(ones({2, 3})),
                       "outside: axis: axis must be in [-2, 2) for rank 2; got 2", ValueError);
  CHECK_THROWS_WITH_AS(LayerNormalization({.name = "unknown"}).build({2, Shape::unknown}),
                       "unknown: axis 1 of the input must be known; got shape (2, ?)", ValueError);
  LayerNormalization layer({.name = "built"});
  layer(ones({2, 3}));
  CHECK_THROWS_WITH_AS(layer(ones({2, 4})), "built: input features must be 3 (axis 1); got (2, 4)",
                       ValueError);
  CHECK_THROWS_WITH_AS(layer(ones({2, 2, 3})), "built: input must have rank 2; got (2, 2, 3)",
                       ValueError);
}

TEST_CASE("a config makes the same layer normalization again") {
  const VariableStore store;
  const LayerNormalization layer({.axis = {1, -1},
                                  .epsilon = 0.5,
                                  .scale = false,
                                  .beta_regularizer = l2(0.1),
                                  .beta_constraint = non_neg()});
  const LayerNormalization again = LayerNormalization::from_config(layer.get_config());
  CHECK(again.get_config() == layer.get_config());
  CHECK(again.options().axis == std::vector<int>{1, -1});
}
