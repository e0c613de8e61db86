// Contract 7.7: what the reference tests of regularizers and activations in layers and models.
// The rest of 7.7 is proven with the functions themselves, under section 3.
#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/ops.h>
#include <reel/core/tape.h>
#include <reel/layers/dense.h>
#include <reel/layers/functions/activations.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/sequential.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

const DenseOptions regularized{.units = 2,
                               .kernel_initializer = "ones",
                               .kernel_regularizer = l1(),
                               .activity_regularizer = l1()};

// The reference's model of two inputs: two parts (or one, twice), each on an input of its own, and
// two added losses.
struct TwoInputs : Layer {
  TwoInputs(Layer& first, Layer& second)
      : Layer("two_inputs"), first(share(first)), second(share(second)) {}
  Layer &first, &second;
  Tensor call(std::span<const Tensor> xs, const Call& call) override {
    const Tensor a = first(xs[0], call), b = second(xs[1], call);
    add_loss(mean(b), b);
    add_loss(sum(xs[0]), xs[0]);
    return (a + b) / 2.0;
  }
  using Layer::call;
  Tensor operator()() { return Layer::operator()({ones({1, 2}), full({1, 2}, 3.0)}); }
};

}  // namespace

// Proves: regularizers: test_kernel_regularization
TEST_CASE("7.7 a kernel's regularizer is one loss of the model, also when its factor is 0") {
  for (const Regularizer& given : {l1(), l2(), l1_l2(), l2(0.0), Regularizer("l2")}) {
    const VariableStore store;
    Sequential net("net");
    net.add<Dense>({.units = 2, .kernel_regularizer = given});
    net(ones({3, 4}));
    CHECK(net.losses().size() == 1);
  }
}

// Proves: regularizers: test_activity_regularization
TEST_CASE("7.7 an activity regularizer is one loss of the model, also when its factor is 0") {
  for (const Regularizer& given : {l1(), l2(), l2(0.0), Regularizer("l1")}) {
    const VariableStore store;
    Sequential net("net");
    net.add<Dense>({.units = 2, .activity_regularizer = given});
    net(ones({3, 4}));
    CHECK(net.losses().size() == 1);
  }
}

// A functional model calls its layers once when it is defined, which counts there. Here a model is
// defined without a call; the same call, made by hand under the same tape, counts the same.

// Proves: regularizers: test_regularization_shared_layer; 2.7 shared layers
TEST_CASE("7.7 test_regularization_shared_layer: a weight, two calls, two added losses") {
  const VariableStore store;
  Dense shared(regularized);
  TwoInputs model(shared, shared);
  const Tape tape;
  model();
  CHECK(model.losses().size() == 5);
  CHECK(model.total_loss().item() == doctest::Approx(8 + 0.04 + 0.04 + 0.12));
}

// Proves: regularizers: test_regularization_shared_model
TEST_CASE("7.7 test_regularization_shared_model: six losses with the call that defines it there") {
  for (const bool defined_by_a_call : {false, true}) {
    const VariableStore store;
    Sequential inner("inner");
    inner.add<Dense>(regularized);
    TwoInputs model(inner, inner);
    const Tape tape;
    if (defined_by_a_call) inner(ones({1, 2}));
    model();
    CHECK(model.losses().size() == (defined_by_a_call ? 6 : 5));
    // added, the kernel's, the activity of each call
    const double defining = defined_by_a_call ? 0.04 : 0;
    CHECK(model.total_loss().item() == doctest::Approx(8 + 0.04 + 0.04 + 0.12 + defining));
  }
}

// Proves: regularizers: test_regularization_shared_layer_in_different_models
TEST_CASE("7.7 test_regularization_shared_layer_in_different_models: nine losses, likewise") {
  for (const bool defined_by_a_call : {false, true}) {
    const VariableStore store;
    Dense shared(regularized);
    Sequential one("one"), two("two");
    for (Sequential* inner : {&one, &two}) {
      inner->share(shared);
      inner->add<Dense>({.units = 1,
                         .kernel_initializer = "ones",
                         .kernel_regularizer = l1(),
                         .name = "unshared"});
    }
    TwoInputs model(one, two);
    const Tape tape;
    if (defined_by_a_call)
      for (Sequential* inner : {&one, &two}) (*inner)(ones({1, 2}));
    model();
    CHECK(model.losses().size() == (defined_by_a_call ? 9 : 7));
    // added, three kernels', the activity of each call of the shared layer
    const double defining = defined_by_a_call ? 0.04 + 0.04 : 0;
    CHECK(model.total_loss().item() ==
          doctest::Approx(14 + 0.04 + 0.02 + 0.02 + 0.04 + 0.12 + defining));
    const std::size_t calls = defined_by_a_call ? 4 : 2;
    CHECK(one.losses().size() == calls + 2);  // the shared and the own kernel's
  }
}

// Proves: activations: test_softmax_2d_axis_0; activations: test_elu
TEST_CASE("7.7 softmax runs over the axis that it is told, and elu has its slope") {
  const Tensor x({{0, 1}, {std::log(3.0), 1}}, float64);
  const std::vector<double> y = activations::softmax({0})(x).to_vector(),
                            want{0.25, 0.5, 0.75, 0.5};
  for (std::size_t i = 0; i < 4; ++i) CHECK(y[i] == doctest::Approx(want[i]).epsilon(1e-12));
  CHECK(activations::elu(0.5)(Tensor(-1.0, float64)).item() ==
        doctest::Approx(0.5 * (std::exp(-1.0) - 1)).epsilon(1e-12));
}
