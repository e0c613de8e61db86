// What the shape ops share: row-major strides, and a strided copy between two tensors.
//
// An op describes what moves as axes, an extent and a stride on either side, and this hands the
// data over: with a stride of 0 a copy repeats, with a negative one it runs backwards. So that
// every shape op is a few lines of arithmetic and one loop serves them all.
// Internal to core/ops. Read before: strided_copy.h. Read next: shape_ops.cpp, section.h.
#pragma once

#include <array>
#include <span>

#include <reel/core/kernels/copying/strided_copy.h>
#include <reel/core/tensor.h>

namespace reel::detail {

using Strides = std::array<Index, Shape::max_rank>;
using CopyAxes = std::array<kernels::CopyAxis, Shape::max_rank>;

/// Distance of neighbours along each axis, in elements.
inline Strides strides_of(const Shape& shape) {
  Strides strides{};
  Index stride = 1;
  for (int i = shape.rank(); i-- > 0; stride *= shape[i]) strides[i] = stride;
  return strides;
}

/// Copies `rank` axes from x into y, which is still being filled, starting at these elements.
inline void copy_axes(const CopyAxes& axes, int rank, const Tensor& x, Index from, Tensor& y,
                      Index to) {
  const std::span<const kernels::CopyAxis> used(axes.data(), static_cast<std::size_t>(rank));
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    kernels::strided_copy(used, x.data<T>() + from, writable<T>(y) + to);
  });
}

}  // namespace reel::detail
