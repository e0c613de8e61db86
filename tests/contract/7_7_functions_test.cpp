// Contract 7.7: what the reference tests of regularizers and activations in layers and models.
// The rest of 7.7 is proven with the functions themselves, under section 3.
#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/ops.h>
#include <reel/core/tape.h>
#include <reel/layers/activations.h>
#include <reel/layers/dense.h>
#include <reel/layers/regularizers.h>
#include <reel/layers/sequential.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

const DenseOptions regularized{.units = 2,
                               .kernel_initializer = "ones",
                               .kernel_regularizer = l1(),
                               .activity_regularizer = l1()};

// Calls one part on two inputs and adds a loss to each result.
struct Twice : Layer {
  explicit Twice(Layer& part) : Layer("twice"), part(share(part)) {}
  Layer& part;
  Tensor call(std::span<const Tensor> xs, const Call& call) override {
    const Tensor a = part(xs[0], call), b = part(xs[1], call);
    add_loss(mean(a), a);
    add_loss(1.0, b);
    return a + b;
  }
  using Layer::call;
};

}  // namespace

TEST_CASE("7.7 a kernel's regularizer is one loss of the model, also when its factor is 0") {
  for (const Regularizer& given : {l1(), l2(), l1_l2(), l2(0.0), Regularizer("l2")}) {
    const VariableStore store;
    Sequential net("net");
    net.add<Dense>({.units = 2, .kernel_regularizer = given});
    net(ones({3, 4}));
    CHECK(net.losses().size() == 1);
  }
}

TEST_CASE("7.7 an activity regularizer is one loss of the model, also when its factor is 0") {
  for (const Regularizer& given : {l1(), l2(), l2(0.0), Regularizer("l1")}) {
    const VariableStore store;
    Sequential net("net");
    net.add<Dense>({.units = 2, .activity_regularizer = given});
    net(ones({3, 4}));
    CHECK(net.losses().size() == 1);
  }
}

TEST_CASE("7.7 a model that another calls twice gives one loss a weight and one a call") {
  const VariableStore store;
  Sequential model("model");
  model.add<Dense>(regularized);
  Twice twice(model);
  const Tape tape;
  twice({ones({1, 2}), full({1, 2}, 3.0)});
  // added in the call, then the kernel's, then the activity of each call
  CHECK(twice.losses().size() == 5);
  CHECK(twice.total_loss().item() == doctest::Approx(2 + 1 + 0.04 + 0.04 + 0.12));
}

TEST_CASE("7.7 a layer in two models gives its weight's loss to both, and once to both together") {
  const VariableStore store;
  Dense shared(regularized);
  Sequential one("one"), two("two"), both("both");
  one.share(shared);
  two.share(shared);
  both.share(one);
  both.share(two);
  const Tape tape;
  both(ones({1, 2}));
  CHECK(one.losses().size() == 3);  // the kernel's, and of both calls
  CHECK(two.losses().size() == 3);
  CHECK(both.losses().size() == 3);
}

TEST_CASE("7.7 softmax runs over the axis that it is told, and elu has its slope") {
  const Tensor x({{0, 1}, {std::log(3.0), 1}}, float64);
  const std::vector<double> y = activations::softmax({0})(x).to_vector(),
                            want{0.25, 0.5, 0.75, 0.5};
  for (std::size_t i = 0; i < 4; ++i) CHECK(y[i] == doctest::Approx(want[i]).epsilon(1e-12));
  CHECK(activations::elu(0.5)(Tensor(-1.0, float64)).item() ==
        doctest::Approx(0.5 * (std::exp(-1.0) - 1)).epsilon(1e-12));
}
