// The gradients of softmax and log_softmax composed from ops, for all that has one of them inside.
//
// Over any axes, and as exact as the kernels (softmax_rows.h): where one share y or exp(y) is
// nearly 1, what it leaves to the others is computed as such. Any number may be taken off dy in a
// softmax, so that of the leading share is. Internal: included by the sources of core/ops only.
// Read before: softmax_rows.h, reduction.h. Read next: softmax.cpp.
#pragma once

#include <cmath>

#include <reel/core/kernels/softmax/softmax_rows.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/reduction.h>

namespace reel::detail {

/// y (dy - sum(y dy)), for y = softmax(x).
inline Tensor softmax_gradient(const Tensor& y, const Tensor& dy, const Axes& axes) {
  const Tensor leading = where(greater(y, kernels::nearly_1), dy, 0);
  const Tensor centred = dy - sum(leading, axes, true);
  return y * (centred - sum(y * centred, axes, true));
}

/// dy - exp(y) sum(dy), for y = log_softmax(x).
inline Tensor log_softmax_gradient(const Tensor& y, const Tensor& dy, const Axes& axes) {
  const Tensor total = sum(dy, axes, true);
  return where(greater(y, std::log(kernels::nearly_1)), (dy - total) - expm1(y) * total,
               dy - exp(y) * total);
}

}  // namespace reel::detail
