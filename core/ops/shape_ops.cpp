// Reshape, transpose, broadcast, tile: the whole tensor in another arrangement.
//
// Each but reshape is one strided copy (layout.h): what stands on an axis of y stands at some
// stride in x, 0 where x is repeated. The checks are longer than the work, because shapes are where
// people err. A transpose that only moves axes of extent 1 shares memory like a reshape, which
// makes a change of layout free for images of one channel.
// Read before: shape_ops.h, layout.h. Read next: slicing.cpp.
#include <reel/core/ops/shape_ops.h>

#include <reel/core/ops/layout.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/record.h>
#include <reel/core/runtime/checked_index.h>

namespace reel {
namespace {

// `shape` with its -1, if there is one, worked out.
Shape complete(const Shape& x, const Shape& shape) {
  Shape result = shape;
  int unknown = -1;
  Index others = 1;
  bool fits = true;  // a product beyond 2^63 is no tensor's size
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] != Shape::unknown)
      fits &= !__builtin_mul_overflow(others, shape[i], &others);
    else if (unknown < 0)
      unknown = i;
    else
      throw ValueError("reshape: at most one extent may be -1; got shape {}", shape);
  }
  if (fits && unknown >= 0 && others == 0)
    throw ValueError("reshape: -1 cannot be worked out beside an extent of 0; got shape {}", shape);
  if (fits && unknown >= 0) result[unknown] = x.size() / others;
  if (!fits || result.size() != x.size())
    throw ValueError("reshape: shape {} must hold the {} elements of shape {}", shape, x.size(), x);
  return result;
}

using Permutation = std::array<int, Shape::max_rank>;

// One axis of x for each axis of y; an empty list stands for all axes reversed.
Permutation permutation_of(const std::vector<int>& axes, const Shape& x) {
  Permutation permutation{};
  if (axes.empty()) {
    for (int i = 0; i < x.rank(); ++i) permutation[i] = x.rank() - 1 - i;
    return permutation;
  }
  if (static_cast<int>(axes.size()) != x.rank())
    throw ValueError("transpose: permutation must name the {} axes of shape {}; got {} axes",
                     x.rank(), x, axes.size());
  std::array<bool, Shape::max_rank> seen{};
  for (int i = 0; i < x.rank(); ++i) {
    const int axis = normalize_axis("transpose", axes[i], x.rank());
    if (seen[axis])
      throw ValueError("transpose: permutation must name each axis once; got axis {} twice",
                       axes[i]);
    seen[axis] = true;
    permutation[i] = axis;
  }
  return permutation;
}

// The rule needs the inverse, so both are worked out in one walk over the axes.
Tensor permute(const Tensor& x, const Permutation& permutation) {
  Permutation inverse{};
  Shape shape = x.shape();
  bool keeps_order = true;  // only axes of extent 1 move, so the elements stay where they are
  int last_long_axis = -1;
  for (int i = 0; i < x.rank(); ++i) {
    inverse[permutation[i]] = i;
    shape[i] = x.shape()[permutation[i]];
    if (shape[i] == 1) continue;
    keeps_order = keeps_order && permutation[i] > last_long_axis;
    last_long_axis = permutation[i];
  }
  Tensor y = keeps_order ? x.share(shape) : Tensor::empty(shape, x.dtype());
  if (!keeps_order) {
    const detail::Strides from = detail::strides_of(x.shape()), to = detail::strides_of(shape);
    detail::CopyAxes axes;
    for (int i = 0; i < x.rank(); ++i) axes[i] = {shape[i], from[permutation[i]], to[i]};
    detail::copy_axes(axes, x.rank(), x, 0, y, 0);
  }
  if (!recording()) return y;
  return record(
      "transpose", y, wrt(x, [inverse](const Tensor& dy) { return permute(dy, inverse); }),
      attributes([&] {
        return detail::named("permutation",
                             std::span(permutation.data(), static_cast<std::size_t>(x.rank())));
      }));
}

}  // namespace

Tensor reshape(const Operand& operand, const Shape& shape) {
  const Tensor& x = operand.tensor("reshape");
  Tensor y = x.share(complete(x.shape(), shape));
  if (!recording()) return y;
  return record("reshape", y,
                wrt(x, [shape = x.shape()](const Tensor& dy) { return reshape(dy, shape); }),
                attributes([&] { return detail::named("shape", y.shape()); }));
}

Tensor flatten(const Operand& operand) {
  const Tensor& x = operand.tensor("flatten");
  if (x.rank() < 1) throw ValueError("flatten: rank must be >= 1; got shape {}", x.shape());
  const AroundAxis around = x.shape().around(0);
  return reshape(x, {around.n, around.inner});
}

Tensor transpose(const Operand& operand, const std::vector<int>& permutation) {
  const Tensor& x = operand.tensor("transpose");
  return permute(x, permutation_of(permutation, x.shape()));
}

// Repeating is reading with a stride of 0; dy is summed back by the backward pass.
Tensor broadcast_to(const Operand& operand, const Shape& shape) {
  const Tensor& x = operand.tensor("broadcast_to");
  if (x.shape() == shape) return x;
  const int extra = shape.rank() - x.rank();
  for (int i = 0; i < x.rank(); ++i)
    if (extra < 0 || (x.shape()[i] != shape[i + extra] && x.shape()[i] != 1))
      throw ValueError("broadcast_to: shape {} must broadcast to {}", x.shape(), shape);
  Tensor y = Tensor::empty(shape, x.dtype());
  const detail::Strides from = detail::strides_of(x.shape()), to = detail::strides_of(shape);
  detail::CopyAxes axes;
  for (int i = 0; i < shape.rank(); ++i) {
    const bool repeats = i < extra || x.shape()[i - extra] != shape[i];
    axes[i] = {shape[i], repeats ? 0 : from[i - extra], to[i]};
  }
  detail::copy_axes(axes, shape.rank(), x, 0, y, 0);
  if (!recording()) return y;
  return record("broadcast_to", y, wrt(x, pass_on),
                attributes([&] { return detail::named("shape", shape); }));
}

// One axis at a time, as (outer, 1, n * inner) broadcast to (outer, multiple, n * inner): no rank
// is too high, and the gradient is that of broadcast_to.
Tensor tile(const Operand& operand, const std::vector<Index>& multiples) {
  const Tensor& x = operand.tensor("tile");
  if (static_cast<int>(multiples.size()) != x.rank())
    throw ValueError("tile: there must be a multiple for each of the {} axes of shape {}; got {}",
                     x.rank(), x.shape(), multiples.size());
  for (std::size_t i = 0; i < multiples.size(); ++i)
    if (multiples[i] < 0)
      throw ValueError("tile: multiples must be >= 0; got {} for axis {}", multiples[i], i);
  Tensor y = x;
  for (int axis = x.rank(); axis-- > 0;) {
    const Index multiple = multiples[axis];
    if (multiple == 1) continue;
    const auto [outer, n, inner] = y.shape().around(axis);
    Shape shape = y.shape();
    shape[axis] = detail::checked_product("tile", n, multiple);
    y = reshape(y, {outer, 1, n * inner});
    y = reshape(broadcast_to(y, {outer, multiple, n * inner}), shape);
  }
  return y;
}

}  // namespace reel
