// Layers that leave losses and updates behind, for the tests of the ledger and of the contract.
#pragma once

#include <functional>
#include <vector>

#include <reel/layers/separable_conv2d.h>

#include "layer_helpers.h"

namespace reel::test {

using Items = std::vector<double>;

inline const Call training{.training = true};

// Penalties of 1, 2 and 3 on the weights, of 8 on the activity.
inline SeparableConv2DOptions all_regularized() {
  const auto counts_as = [](double value) {
    return Regularizer([value](const Tensor& x) { return value + 0.0 * sum(x); });
  };
  return {.filters = 3,
          .kernel_size = 3,
          .depthwise_regularizer = counts_as(1),
          .pointwise_regularizer = counts_as(2),
          .bias_regularizer = counts_as(3),
          .activity_regularizer = counts_as(8)};
}

// Adds what its members say in build and call.
struct Talkative : Layer {
  using Layer::Layer;
  std::function<void(Talkative&)> in_build = [](Talkative&) {};
  std::function<void(Talkative&, const Tensor& x)> in_call = [](Talkative&, const Tensor&) {};
  void create_weights(const Shape&) override { in_build(*this); }
  Tensor call(const Tensor& x, const Call&) override {
    in_call(*this, x);
    return x + 1.0;
  }
};

// Counts its training calls in a weight: 2 * count + 1, so that the order of updates shows.
struct Counter : Layer {
  using Layer::Layer;
  Variable count;
  void create_weights(const Shape&) override {
    count = add_weight("count", {}, {.dtype = float32, .initializer = zeros, .trainable = false});
  }
  Tensor call(const Tensor& x, const Call& call) override {
    if (call.training) add_update(count, [](const Tensor& old) { return old * 2.0 + 1.0; });
    return x + 1.0;
  }
};

}  // namespace reel::test
