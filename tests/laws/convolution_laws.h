// What dense and depthwise convolutions have in common: three ops that are each other's gradients.
//
// Read before: random_convolution.h.
#pragma once

#include <doctest/doctest.h>

#include <reel/core/derivatives/grad_check.h>

#include "random_convolution.h"

namespace naive {

/// The three derivatives of <dy, x * w>.
struct TrilinearOps {
  reel::Tensor (*forward)(const reel::Operand& x, const reel::Operand& w,
                          const reel::ConvolutionOptions&);
  reel::Tensor (*input_gradient)(const reel::Shape&, const reel::Operand& w,
                                 const reel::Operand& dy, const reel::ConvolutionOptions&);
  reel::Tensor (*filter_gradient)(const reel::Operand& x, const reel::Shape&,
                                  const reel::Operand& dy, const reel::ConvolutionOptions&);
  bool depthwise;
};

/// Each of the ops gives the sum of the definition, in `count` random configurations.
inline void check_definition(const TrilinearOps& ops, unsigned seed, int count) {
  Generator generator(seed);
  for (int i = 0; i < count; ++i) {
    const Convolution c = generator.convolution(ops.depthwise);
    CAPTURE(seed);
    CAPTURE(i);
    CAPTURE(c.str());
    const reel::Tensor x = generator.tensor(c.x_shape()), w = generator.tensor(c.w_shape());
    const reel::Tensor y = ops.forward(x, w, c.options());
    REQUIRE(y.shape() == c.y_shape());
    REQUIRE(difference(y, c.forward(x.to_vector(), w.to_vector())) < 1e-13);

    const reel::Tensor dy = generator.tensor(c.y_shape());
    const reel::Tensor dx = ops.input_gradient(x.shape(), w, dy, c.options());
    const reel::Tensor dw = ops.filter_gradient(x, w.shape(), dy, c.options());
    REQUIRE(dx.shape() == x.shape());
    REQUIRE(dw.shape() == w.shape());
    REQUIRE(difference(dx, c.input_gradient(w.to_vector(), dy.to_vector())) < 1e-13);
    REQUIRE(difference(dw, c.filter_gradient(x.to_vector(), dy.to_vector())) < 1e-13);
  }
}

/// The gradients of each op are right to second order, in some small configurations.
inline void check_gradients_of_all(const TrilinearOps& ops, unsigned seed) {
  using Tensors = std::vector<reel::Tensor>;
  Generator generator(seed);
  for (int i = 0; i < 12; ++i) {
    const Convolution c = generator.small_convolution(ops.depthwise);
    CAPTURE(c.str());
    const auto options = c.options();
    const reel::Tensor x = generator.tensor(c.x_shape()), w = generator.tensor(c.w_shape());
    const reel::Tensor dy = generator.tensor(c.y_shape());
    CHECK(reel::check_gradients(
        [&](const Tensors& xs) { return ops.forward(xs[0], xs[1], options); }, {x, w}));
    CHECK(reel::check_gradients(
        [&](const Tensors& xs) { return ops.input_gradient(x.shape(), xs[0], xs[1], options); },
        {w, dy}));
    CHECK(reel::check_gradients(
        [&](const Tensors& xs) { return ops.filter_gradient(xs[0], w.shape(), xs[1], options); },
        {x, dy}));
  }
}

}  // namespace naive
