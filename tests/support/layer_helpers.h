// Small layers and helpers for the tests of layers.
#pragma once

#include <string>
#include <vector>

#include <reel/core/ops.h>
#include <reel/layers/base/layer.h>

namespace reel::test {

using Names = std::vector<std::string>;

inline Names names_of(const std::vector<Variable>& variables) {
  Names names;
  for (const Variable& variable : variables) names.push_back(variable.name());
  return names;
}

inline std::vector<double> items_of(const std::vector<Tensor>& scalars) {
  std::vector<double> items;
  for (const Tensor& scalar : scalars) items.push_back(scalar.item());
  return items;
}

// y = x w + b, one weight of each a feature: the smallest layer with weights.
struct Affine : Layer {
  using Layer::Layer;
  Variable w, b;
  void create_weights(const Shape& x) override {
    w = add_weight("w", {x[-1]}, {.initializer = ones});
    b = add_weight("b", {x[-1]}, {.initializer = zeros});
    set_input_spec({.axes = {{.axis = -1, .size = x[-1], .what = "features"}}});
  }
  Tensor call(const Tensor& x, const Call&) override { return x * w + b; }
};

// Two of them.
struct Block : Layer {
  using Layer::Layer;
  Affine& first = child<Affine>();
  Affine& second = child<Affine>();
  Tensor call(const Tensor& x, const Call& call) override { return second(first(x, call), call); }
};

// Owns one trainable and one other weight of its own, and two layers.
struct Mixed : Layer {
  using Layer::Layer;
  Affine& first = child<Affine>("first");
  Affine& second = child<Affine>("second");
  void create_weights(const Shape&) override {
    add_weight("moving", {}, {.trainable = false});
    add_weight("scale", {});
  }
  Tensor call(const Tensor& x, const Call& call) override { return second(first(x, call), call); }
};

}  // namespace reel::test
