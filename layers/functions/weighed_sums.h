// Sums of magnitudes and of squares, weighed by a factor: what l1 and l2 are, over the whole range.
//
// In float32 the sum of the squares of two numbers of 1e20 is infinite, and 1e-30 times it is not.
// Internal to the regularizers. Read before: regularizers.h. Read next: weighed_sums.cpp.
#pragma once

#include <reel/core/tensor.h>

namespace reel::detail {

/// factor sum |x| and factor sum x^2, recorded, infinite only where they are.
Tensor weighed_sum_of_magnitudes(double factor, const Tensor& x);
Tensor weighed_sum_of_squares(double factor, const Tensor& x);

}  // namespace reel::detail
