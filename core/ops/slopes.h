// Derivatives that are ops themselves: what a recorded backward pass multiplies dy by.
//
// As formulas in other ops they would be less exact than the op that they belong to: 1 - tanh(x)^2
// is 0 where tanh(x) rounds to 1, and x^3 infinite where it no longer matters. So each is a kernel
// (functions.h), whose own derivative is made of such kernels again: exact to any order. The price
// is a second derivative that is written out.
// Internal: included by the sources of core/ops only. Read before: map.h. Read next: slopes.cpp.
#pragma once

#include <reel/core/tensor.h>

namespace reel::detail {

Tensor tanh_slope(const Tensor& x);
Tensor sigmoid_slope(const Tensor& x);
Tensor erf_slope(const Tensor& x);
Tensor gelu_slope(const Tensor& x);
Tensor gelu_tanh_slope(const Tensor& x);
Tensor swish_slope(const Tensor& x);
Tensor mish_slope(const Tensor& x);

}  // namespace reel::detail
