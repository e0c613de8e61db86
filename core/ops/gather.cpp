// gather and one_hot: elements chosen by integer positions.
#include <algorithm>

#include <reel/core/memory.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/core/parallel.h>
#include <reel/core/record.h>

namespace reel {
namespace {

using Positions = std::vector<std::int32_t, memory::Allocator<std::int32_t>>;

void check_positions(const char* op, const char* argument, std::span<const std::int32_t> indices,
                     Index n) {
  for (std::size_t i = 0; i < indices.size(); ++i)
    if (indices[i] < 0 || indices[i] >= n)
      throw ValueError("{}: {} must be in [0, {}); got {} at position {}", op, argument, n,
                       indices[i], i);
}

// A tensor seen as (outer, n, inner) around one axis.
struct AroundAxis {
  Index outer = 1, n, inner = 1;

  AroundAxis(const Shape& shape, int axis) : n(shape[axis]) {
    for (int i = 0; i < shape.rank(); ++i)
      if (i != axis) (i < axis ? outer : inner) *= shape[i];
  }
};

Tensor gather_along(const Tensor& x, const Positions& positions, int axis);

// The gradient of gather: zeros with `size` rows along the axis, to which the rows of x are added
// at their positions. Rows are added in their order, by one thread an outer index: the same bits
// always.
Tensor scatter_along(const Tensor& x, const Positions& positions, int axis, Index size) {
  Shape shape = x.shape();
  shape[axis] = size;
  Tensor y = zeros(shape, x.dtype());
  const AroundAxis from(x.shape(), axis);
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* rows = x.data<T>();
    T* sums = writable<T>(y);
    const auto add_rows = [&](Index outer) {
      for (Index i = 0; i < from.n; ++i) {
        const T* row = rows + (outer * from.n + i) * from.inner;
        T* sum = sums + (outer * size + positions[i]) * from.inner;
        for (Index k = 0; k < from.inner; ++k) sum[k] += row[k];
      }
    };
    for (Index outer = 0; outer < from.outer; ++outer) add_rows(outer);
  });
  return record("scatter_add", y, wrt(x, [positions, axis](const Tensor& dy) {
                  return gather_along(dy, positions, axis);
                }));
}

Tensor gather_along(const Tensor& x, const Positions& positions, int axis) {
  Shape shape = x.shape();
  shape[axis] = static_cast<Index>(positions.size());
  Tensor y = Tensor::empty(shape, x.dtype());
  const AroundAxis from(x.shape(), axis);
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* rows = x.data<T>();
    T* to = writable<T>(y);
    for (Index outer = 0; outer < from.outer; ++outer)
      for (std::int32_t position : positions) {
        std::copy_n(rows + (outer * from.n + position) * from.inner, from.inner, to);
        to += from.inner;
      }
  });
  return record("gather", y, wrt(x, [positions, axis, n = from.n](const Tensor& dy) {
                  return scatter_along(dy, positions, axis, n);
                }));
}

}  // namespace

Tensor gather(const Operand& operand, std::span<const std::int32_t> indices, int axis_in) {
  const Tensor& x = operand.tensor("gather");
  const int axis = normalize_axis("gather", axis_in, x.rank());
  check_positions("gather", "indices", indices, x.shape()[axis]);
  return gather_along(x, Positions(indices.begin(), indices.end()), axis);
}

Tensor one_hot(std::span<const std::int32_t> indices, Index depth, DType dtype, double on,
               double off) {
  if (depth < 0) throw ValueError("one_hot: depth must be >= 0; got {}", depth);
  check_positions("one_hot", "indices", indices, depth);
  Tensor y = full({static_cast<Index>(indices.size()), depth}, off, dtype);
  dispatch(dtype, [&](auto zero) {
    using T = decltype(zero);
    T* row = writable<T>(y);
    for (std::int32_t index : indices) {
      row[index] = static_cast<T>(on);
      row += depth;
    }
  });
  return y;
}

}  // namespace reel
