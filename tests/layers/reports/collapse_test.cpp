#include <doctest/doctest.h>

#include <reel/core/ops.h>
#include <reel/core/tape.h>
#include <reel/layers/reports/collapse.h>

#include "random_convolution.h"

using namespace reel;

namespace {

struct Case {
  Pair kernel_size, strides, dilation_rate;
  Index channels, multiplier, filters;
};

// Stride and dilation never together: the layer refuses that.
const std::vector<Case> cases{
    {{3, 3}, 1, 1, 2, 1, 3},      {{3, 2}, 1, 1, 3, 2, 4}, {{2, 3}, {2, 1}, 1, 2, 3, 1},
    {{3, 3}, {3, 2}, 1, 1, 4, 5}, {{2, 2}, 1, 2, 3, 2, 2}, {{3, 1}, 1, {2, 3}, 5, 1, 2},
    {{1, 1}, 1, 1, 4, 2, 3},
};

template <class F>
void for_each_layer(const F& f) {
  for (const Case& c : cases)
    for (const char* format : {"channels_last", "channels_first"})
      for (const char* padding : {"valid", "same"}) {
        CAPTURE(c.channels);
        CAPTURE(c.multiplier);
        CAPTURE(c.filters);
        CAPTURE(format);
        CAPTURE(padding);
        SeparableConv2D layer({.filters = c.filters,
                               .kernel_size = c.kernel_size,
                               .strides = c.strides,
                               .padding = padding,
                               .data_format = format,
                               .dilation_rate = c.dilation_rate,
                               .depth_multiplier = c.multiplier,
                               .activation = "tanh",
                               .bias_initializer = "random_normal",
                               .dtype = float64});
        const bool first = std::string(format) == "channels_first";
        f(layer, naive::Convolution::shape(first, 2, 7, 6, c.channels));
      }
}

Tensor folded(const SeparableConv2D& layer, const Tensor& x) {
  return tanh(
      bias_add(layer.convolution_op(x, fold(layer)), layer.bias(), layer.options().data_format));
}

}  // namespace

TEST_CASE("1.10 convolution_op with the folded kernel is the layer before bias and activation") {
  naive::Generator generator(20261122);
  for_each_layer([&](SeparableConv2D& layer, const Shape& shape) {
    const Tensor x = generator.tensor(shape), y = layer(x);
    const Tensor other = folded(layer, x);
    REQUIRE(other.shape() == y.shape());
    CHECK(naive::difference(other, y.to_vector()) < 1e-13);
  });
}

TEST_CASE("each number of a folded kernel is the sum over the multiplier") {
  SeparableConv2D layer(
      {.filters = 4, .kernel_size = {2, 3}, .depth_multiplier = 3, .dtype = float64});
  layer.build({1, 5, 5, 2});
  const Tensor e = fold(layer), d = layer.depthwise_kernel(), p = layer.pointwise_kernel();
  REQUIRE(e.shape() == Shape{2, 3, 2, 4});
  for (Index r = 0; r < 2; ++r)
    for (Index s = 0; s < 3; ++s)
      for (Index c = 0; c < 2; ++c)
        for (Index f = 0; f < 4; ++f) {
          double sum = 0;
          for (Index m = 0; m < 3; ++m) sum += d.at(r, s, c, m) * p.at(0, 0, c * 3 + m, f);
          CHECK(e.at(r, s, c, f) == doctest::Approx(sum).epsilon(1e-14));
        }
}

TEST_CASE("all gradients through the folded kernel are the layer's") {
  naive::Generator generator(20261123);
  for_each_layer([&](SeparableConv2D& layer, const Shape& shape) {
    const Tensor x = generator.tensor(shape);
    const Tensor dy = generator.tensor(layer(x).shape());
    const auto gradients = [&](const auto& f) {
      Tape tape;
      tape.watch(x);
      const Tensor y = f();
      std::vector<Tensor> all{tape.gradient(y, x, {.output_gradients = {dy}})};
      for (const VariableGradient& pair :
           tape.gradient(y, layer.variables(), {.output_gradients = {dy}}))
        all.push_back(pair.gradient);
      return all;
    };
    const auto direct = gradients([&] { return layer(x); });
    const auto through = gradients([&] { return folded(layer, x); });
    REQUIRE(direct.size() == 4);
    for (std::size_t i = 0; i < direct.size(); ++i)
      CHECK(naive::difference(through[i], direct[i].to_vector()) < 1e-13);
  });
}

TEST_CASE("a layer is built before it is folded") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 1, .kernel_size = 1, .name = "separable"});
  CHECK_THROWS_WITH_AS(fold(layer),
                       "separable: the layer must be built before it is folded; it is not; call it "
                       "or build(shape)",
                       RuntimeError);
}
