// Arithmetic on extents that a user gave: what does not fit 64 bits is an error and never wraps.
//
// A shape of a tensor that exists needs none of this: its extents, those of 0 taken as 1, multiply
// to less than 2^63 (Tensor::empty). What is added to them or multiplied with them may not.
// Read before: shape.h, error.h. Read next: tensor.cpp, shape_ops.cpp.
#pragma once

#include <algorithm>

#include <reel/core/error.h>
#include <reel/core/shape.h>

namespace reel::detail {

/// a + b. ValueError that starts with `op` when that is no extent.
inline Index checked_sum(const char* op, Index a, Index b) {
  Index sum;
  if (__builtin_add_overflow(a, b, &sum))
    throw ValueError("{}: extents must be below 2^63; got {} + {}", op, a, b);
  return sum;
}

/// a * b, likewise.
inline Index checked_product(const char* op, Index a, Index b) {
  Index product;
  if (__builtin_mul_overflow(a, b, &product))
    throw ValueError("{}: extents must be below 2^63; got {} * {}", op, a, b);
  return product;
}

/// The number of elements of a shape without unknown extents, likewise: also where an extent of 0
/// hides that the others do not fit.
inline Index checked_size(const char* op, const Shape& shape) {
  Index size = 1;
  for (Index extent : shape)
    if (extent != 0 && __builtin_mul_overflow(size, extent, &size))
      throw ValueError("{}: a shape must have fewer than 2^63 elements; got {}", op, shape);
  return std::find(shape.begin(), shape.end(), 0) == shape.end() ? size : 0;
}

}  // namespace reel::detail
