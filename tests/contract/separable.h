// What the tests of contract section 1 share: inputs and weights of small whole numbers, so that
// results can be compared exactly.
#pragma once

#include <doctest/doctest.h>

#include <reel/core/ops.h>
#include <reel/layers/separable_conv2d.h>

#include "layer_helpers.h"

namespace reel::test {

/// (i mod modulus) + first, row-major.
inline Initializer pattern(int modulus, int first) {
  return [=](const Shape& shape, DType dtype) {
    Tensor w = Tensor::empty(shape, dtype);
    dispatch(dtype, [&](auto zero) {
      using T = decltype(zero);
      for (Index i = 0; i < w.size(); ++i) writable<T>(w)[i] = static_cast<T>(i % modulus + first);
    });
    return w;
  };
}

inline Tensor images(const Shape& shape = {5, 7, 9, 4}, DType dtype = float32) {
  return pattern(7, -3)(shape, dtype);
}

template <class E, class Layer = SeparableConv2D>
void check_refused(const typename Layer::Options& options, const std::string& message) {
  CHECK_THROWS_WITH_AS(Layer layer(options), message.c_str(), E);
}

}  // namespace reel::test
