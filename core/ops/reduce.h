// What the reductions share: which axes go, which shape is left, and the reducing itself.
//
// `Reduced` is worked out once a call and is all that most gradient rules keep: dy takes the shape
// `kept`, in which reduced axes have extent 1, and broadcasts back from there.
// Internal: included by the sources of core/ops only.
// Read before: reduction_loops.h, axes.h. Read next: reduce.cpp, reduction.cpp.
#pragma once

#include <bitset>

#include <reel/core/kernels/reduction/reduction_loops.h>
#include <reel/core/ops/axes.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/tensor.h>

namespace reel::detail {

/// What a reduction of x does to its shape.
struct Reduced {
  /// Errors start with `op`.
  Reduced(const char* op, const Tensor& x, const Axes& axes, bool keepdims);

  std::bitset<Shape::max_rank> mask;
  Shape kept;       // reduced axes with extent 1
  Shape shape;      // of the result
  Index count = 1;  // elements of x that become one
};

inline Config config_of(const Reduced& reduced, bool keepdims) {
  return named("axes", reduced.mask, "keepdims", keepdims);
}

/// x reduced over the masked axes, one group of neighbouring axes after the other, innermost first.
Tensor reduce(kernels::Fold kind, const Tensor& x, const Reduced& reduced);

}  // namespace reel::detail
