// Checks what a normalization is given, and works out what its arguments have in common.
//
// Read before: normalization.h, check_window.h. Read next: normalization.cpp.
#pragma once

#include <reel/core/error.h>
#include <reel/core/kernels/normalization/normalization_loops.h>
#include <reel/core/ops/axes.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/ops/shape_ops.h>

namespace reel::detail {

/// What the arguments of one call have in common.
struct Normalization {
  int axis;
  double epsilon;
  kernels::ChannelView view;

  /// For whoever observes.
  Config given() const { return named("axis", axis, "epsilon", epsilon); }
  /// All axes but the channels', of a tensor of this rank.
  Axes others(int rank) const { return Axes::all_but(axis, rank); }
  /// (C,) as (1, ..., C, ..., 1), to broadcast against x.
  Tensor spread(const Tensor& per_channel, int rank) const {
    Shape shape;
    for (int i = 0; i < rank; ++i) shape.push_back(i == axis ? view.channels : 1);
    return reshape(per_channel, shape);
  }
};

/// ValueError or TypeError that starts with `op` unless `value` is (C,) and of x's dtype.
inline void check_parameter(const char* op, const char* name, const Tensor& value, const Tensor& x,
                            const Normalization& n) {
  if (value.shape() != Shape{n.view.channels})
    throw ValueError("{}: {} must have shape {} (axis {} of x); got {}", op, name,
                     Shape{n.view.channels}, n.axis, value.shape());
  if (value.dtype() != x.dtype())
    throw TypeError("{}: {} must be {} as x; got {}", op, name, x.dtype(), value.dtype());
}

/// The same of the rest: ranks, axes, epsilon, gamma and beta if they are there.
inline Normalization check_normalization(const char* op, const Tensor& x, const Tensor& gamma,
                                         const Tensor& beta, int axis_in, double epsilon) {
  if (x.rank() < 2) throw ValueError("{}: x must have rank 2 or more; got {}", op, x.shape());
  if (!(epsilon >= 0)) throw ValueError("{}: epsilon must be >= 0; got {}", op, epsilon);
  const int axis = normalize_axis(op, axis_in, x.rank());
  const auto [outer, channels, inner] = x.shape().around(axis);
  const Normalization n{axis, epsilon, {outer, channels, inner}};
  if (gamma.defined()) check_parameter(op, "gamma", gamma, x, n);
  if (beta.defined()) check_parameter(op, "beta", beta, x, n);
  return n;
}

}  // namespace reel::detail
