// gather and one_hot: elements chosen by integer positions.
//
// gather copies rows, scatter_add adds them back where they came from; as linear maps they are each
// other's transpose and hence each other's gradient. A position may be named twice, so scattering
// adds, and several threads may not share a row of the sum: work is cut by columns, not by rows.
// Positions are checked before anything is made. Read before: shape_ops.h. Read next:
// positions.cpp.
#include <algorithm>

#include <reel/core/kernels/elementwise/elementwise_loops.h>
#include <reel/core/ops/factories.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/core/record.h>
#include <reel/core/runtime/memory.h>
#include <reel/core/runtime/parallel.h>

namespace reel {
namespace {

using Positions = memory::Vector<std::int32_t>;

void check_positions(const char* op, const char* argument, std::span<const std::int32_t> indices,
                     Index n) {
  for (std::size_t i = 0; i < indices.size(); ++i)
    if (indices[i] < 0 || indices[i] >= n)
      throw ValueError("{}: {} must be in [0, {}); got {} at position {}", op, argument, n,
                       indices[i], i);
}

constexpr Index elements_per_tile = Index{1} << 15;

Tensor scatter_along(const Tensor& x, const Positions& positions, int axis, Index size);

// A tile is a number of whole rows, so that short rows share one and long ones are copied as a run.
Tensor gather_along(const Tensor& x, const Positions& positions, int axis) {
  const auto count = static_cast<Index>(positions.size());
  Shape shape = x.shape();
  shape[axis] = count;
  Tensor y = Tensor::empty(shape, x.dtype());
  const AroundAxis from = x.shape().around(axis);
  const Index number_of_rows = y.size() == 0 ? 0 : from.outer * count;
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* rows = x.data<T>();
    T* to = writable<T>(y);
    const Index rows_per_tile = elements_per_tile / std::max<Index>(from.inner, 1);
    parallel_ranges(number_of_rows, rows_per_tile, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) {
        const Index row = i / count * from.n + positions[i % count];
        std::copy_n(rows + row * from.inner, from.inner, to + i * from.inner);
      }
    });
  });
  if (!recording()) return y;
  return record("gather", y,
                wrt(x, [positions, axis, n = from.n](
                           const Tensor& dy) { return scatter_along(dy, positions, axis, n); }),
                attributes([&] { return detail::named("indices", positions, "axis", axis); }));
}

// The gradient of gather: zeros of `size` rows, to which the rows of x are added at their
// positions. A tile owns a strip of columns and adds all rows in their order: the same bits always.
Tensor scatter_along(const Tensor& x, const Positions& positions, int axis, Index size) {
  constexpr Index widest_strip = 256;
  Shape shape = x.shape();
  shape[axis] = size;
  Tensor y = zeros(shape, x.dtype());
  const AroundAxis from = x.shape().around(axis);
  const Index width = std::max<Index>(1, std::min(from.inner, widest_strip));
  const Index strips = (from.inner + width - 1) / width;
  const Index strips_per_tile = elements_per_tile / (width * std::max<Index>(from.n, 1));
  const Index number_of_strips = x.size() == 0 ? 0 : from.outer * strips;
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* rows = x.data<T>();
    T* sums = writable<T>(y);
    parallel_ranges(number_of_strips, strips_per_tile, [&](Index begin, Index end) {
      for (Index strip = begin; strip < end; ++strip) {
        const Index outer = strip / strips, column = strip % strips * width;
        const Index columns = std::min(width, from.inner - column);
        for (Index i = 0; i < from.n; ++i) {
          const T* row = rows + (outer * from.n + i) * from.inner + column;
          T* sum = sums + (outer * size + positions[i]) * from.inner + column;
          if (columns == 1)
            *sum += *row;
          else
            kernels::elementwise<T>().accumulate(row, sum, columns);
        }
      }
    });
  });
  if (!recording()) return y;
  return record(
      "scatter_add", y,
      wrt(x, [positions, axis](const Tensor& dy) { return gather_along(dy, positions, axis); }),
      attributes([&] { return detail::named("indices", positions, "axis", axis, "size", size); }));
}

}  // namespace

Tensor gather(const Operand& operand, ListOf<std::int32_t> indices, int axis_in) {
  const Tensor& x = operand.tensor("gather");
  const int axis = normalize_axis("gather", axis_in, x.rank());
  check_positions("gather", "indices", indices, x.shape()[axis]);
  return gather_along(x, Positions(indices.begin(), indices.end()), axis);
}

Tensor one_hot(ListOf<std::int32_t> indices, Index depth, DType dtype, double on, double off) {
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
