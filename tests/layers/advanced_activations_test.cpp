// The reference's activations that are layers, PReLU, and the layer in front of a saved net.
#include <doctest/doctest.h>

#include <reel/core/ops.h>
#include <reel/core/tape.h>
#include <reel/layers/advanced_activations.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/input_layer.h>
#include <reel/layers/prelu.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

using Values = std::vector<double>;
const Tensor x({{-2.0, -0.5, 0.0, 0.5, 8.0}}, float64);

}  // namespace

TEST_CASE("activations that are layers have the reference's defaults and names") {
  const VariableStore store;
  ReLU plain, bounded({.max_value = 6.0, .negative_slope = 0.5, .threshold = 1.0});
  CHECK(plain(x).to_vector() == Values{0, 0, 0, 0.5, 8});
  CHECK(bounded(x).to_vector() == Values{-1.5, -0.75, -0.5, -0.25, 6});
  CHECK(LeakyReLU()(x).to_vector() == Values{-2.0 * 0.3, -0.15, 0, 0.5, 8});
  CHECK(ThresholdedReLU()(x).to_vector() == Values{0, 0, 0, 0, 8});
  CHECK(ELU({.alpha = 2.0})(x).to_vector() == elu(x, 2.0).to_vector());
  CHECK(Softmax()(x).to_vector() == softmax(x).to_vector());
  CHECK(Softmax({.axis = {1, 2}})(ones({1, 2, 2})).to_vector() == Values(4, 0.25));
  CHECK(plain.path() == "re_lu");
  CHECK(PReLU().path() == "p_re_lu");
  CHECK(LeakyReLU().path() == "leaky_re_lu");
  CHECK(plain.compute_output_shape({Shape::unknown, 5}) == Shape{Shape::unknown, 5});
}

TEST_CASE("activations that are 0 below 0 are 0 at -infinity, and so is their slope") {
  const VariableStore store;
  const Tensor far({{-INFINITY, -1.0, 2.0, INFINITY}}, float64);
  ReLU relu_layer;
  LeakyReLU leaky({.alpha = 0});
  PReLU parametric;
  const auto check = [&](Layer& layer) {
    Tape tape;
    tape.watch(far);
    const Tensor y = layer(far);
    INFO(layer.path());
    CHECK(y.to_vector() == Values{0, 0, 2, INFINITY});
    CHECK(tape.gradient(y, far).to_vector() == Values{0, 0, 1, 1});
  };
  check(relu_layer);
  check(leaky);
  check(parametric);
  parametric.alpha().assign(Tensor({0, 0, 0, 0.5}, float64));
  check(parametric);
  parametric.alpha().assign(full({4}, 0.5, float64));
  CHECK(parametric(far).to_vector() == Values{-INFINITY, -0.5, 2, INFINITY});
}

TEST_CASE("activations that are layers refuse parameters as the functions do, with their path") {
  CHECK_THROWS_WITH_AS(ReLU({.max_value = -1.0}),
                       "re_lu: relu: max_value must not be below threshold 0; got -1", ValueError);
  CHECK_THROWS_WITH_AS(LeakyReLU({.alpha = INFINITY, .name = "leaky"}),
                       "leaky: leaky_relu: alpha must be finite; got inf", ValueError);
}

TEST_CASE("a PReLU has a slope for each element of a sample, or one along shared axes") {
  const VariableStore store;
  PReLU each, shared({.alpha_initializer = constant(0.5), .shared_axes = {1, -2}});
  const Tensor images = full({2, 3, 4, 5}, -2.0, float64);
  CHECK(each(images).to_vector() == Values(120, 0));  // starts as a ReLU
  CHECK(each.alpha().shape() == Shape{3, 4, 5});
  CHECK(shared(images).to_vector() == Values(120, -1));
  CHECK(shared.alpha().shape() == Shape{1, 1, 5});
  CHECK(shared(full({1, 7, 7, 5}, 2.0, float64)).shape() == Shape{1, 7, 7, 5});
  CHECK_THROWS_WITH_AS(each(full({2, 3, 3, 5}, 1.0, float64)),
                       "p_re_lu: input extent must be 4 (axis 2); got (2, 3, 3, 5)", ValueError);
  Tape tape;
  const Tensor loss = sum(shared(images));
  CHECK(tape.gradient(loss, shared.alpha()).to_vector() == Values(5, -48));
  CHECK_THROWS_WITH_AS(PReLU({.shared_axes = {0}, .name = "p"})(images),
                       "p: shared_axes must not hold the batch axis; got 0", ValueError);
  CHECK_THROWS_WITH_AS(PReLU({.alpha_regularizer = "l3", .name = "p"}),
                       doctest::Contains("p: alpha_regularizer: Unknown regularizer: 'l3'"),
                       ValueError);
}

TEST_CASE("an input layer hands on what fits and refuses the rest") {
  const VariableStore store;
  InputLayer any, images({.input_shape = Shape{Shape::unknown, 8, 3}, .dtype = float32});
  CHECK(any(x).id() == x.id());
  CHECK(images(ones({2, 5, 8, 3})).shape() == Shape{2, 5, 8, 3});
  CHECK_THROWS_WITH_AS(images(ones({2, 5, 7, 3})),
                       "input_layer_1: input extent must be 8 (axis 2); got (2, 5, 7, 3)",
                       ValueError);
  CHECK_THROWS_WITH_AS(images(ones({8, 3})), "input_layer_1: input must have rank 4; got (8, 3)",
                       ValueError);
  CHECK_THROWS_AS(images(ones({2, 5, 8, 3}, float64)), TypeError);
}
