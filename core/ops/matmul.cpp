#include <reel/core/ops/matmul.h>

#include <algorithm>

#include <reel/core/blas.h>
#include <reel/core/ops/layout.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/core/parallel.h>
#include <reel/core/record.h>

namespace reel {
namespace {

// A product is one gemm call up to this many multiplications (tens of microseconds), else tiles.
constexpr Index multiplications_per_call = Index{1} << 22;
// High and wide enough for gemm to run at its full speed, small enough to share among threads.
constexpr Index tile_rows = 256, tile_columns = 512;

Index ceil_div(Index a, Index b) { return (a + b - 1) / b; }

// The two last axes of an operand as they enter the product, and as they lie in memory.
struct Matrix {
  Index rows, columns, stored_columns;
  bool transposed;

  Matrix(const Shape& shape, bool transpose)
      : rows(shape[transpose ? -1 : -2]),
        columns(shape[transpose ? -2 : -1]),
        stored_columns(shape[-1]),
        transposed(transpose) {}

  Index leading() const { return std::max<Index>(stored_columns, 1); }
  Index offset_of_row(Index row) const { return transposed ? row : row * stored_columns; }
  Index offset_of_column(Index column) const {
    return transposed ? column * stored_columns : column;
  }
};

// The axes in front of the matrices, broadcast.
Shape batch_of(const Shape& a, const Shape& b) {
  for (int i = 3; i <= std::min(a.rank(), b.rank()); ++i)
    if (a[-i] != b[-i] && a[-i] != 1 && b[-i] != 1)
      throw ValueError("matmul: leading axes must broadcast; got shapes {} and {}", a, b);
  const auto leading = [](const Shape& shape) {
    return Shape(shape.extents().first(static_cast<std::size_t>(shape.rank() - 2)));
  };
  return broadcast_shapes("matmul", leading(a), leading(b));
}

// Which matrix of an operand serves each matrix of the result, in elements.
template <class F>
void for_each_matrix(const Shape& batch, const Shape& a, const Shape& b, F f) {
  const auto steps = [&](const Shape& operand) {
    const detail::Strides strides = detail::strides_of(operand);
    const int extra = batch.rank() - (operand.rank() - 2);
    detail::Strides result{};
    for (int i = extra; i < batch.rank(); ++i)
      result[i] = operand[i - extra] == 1 ? 0 : strides[i - extra];
    return result;
  };
  const detail::Strides step_a = steps(a), step_b = steps(b);
  for (Index i = 0; i < batch.size(); ++i) {
    Index rest = i, offset_a = 0, offset_b = 0;
    for (int axis = batch.rank(); axis-- > 0; rest /= batch[axis]) {
      offset_a += rest % batch[axis] * step_a[axis];
      offset_b += rest % batch[axis] * step_b[axis];
    }
    f(i, offset_a, offset_b);
  }
}

// One product, in tiles that depend on its sizes alone.
template <class T>
void multiply(const Matrix& a, const T* a_data, const Matrix& b, const T* b_data, T* y) {
  const Index m = a.rows, n = b.columns, k = a.columns;
  const bool is_large = m * n > multiplications_per_call / k;
  const Index height = is_large ? tile_rows : m, width = is_large ? tile_columns : n;
  const Index down = ceil_div(m, height), across = ceil_div(n, width);
  parallel_for(down * across, [&](Index tile) {
    const Index row = tile / across * height, column = tile % across * width;
    blas::gemm(a.transposed, b.transposed, std::min(height, m - row), std::min(width, n - column),
               k, T{1}, a_data + a.offset_of_row(row), a.leading(),
               b_data + b.offset_of_column(column), b.leading(), T{0}, y + row * n + column, n);
  });
}

}  // namespace

Tensor matmul(const Operand& a_in, const Operand& b_in, const MatmulOptions& options) {
  const Tensor &a = a_in.tensor("matmul"), &b = b_in.tensor("matmul");
  if (a.rank() < 2 || b.rank() < 2)
    throw ValueError("matmul: operands must have rank >= 2; got shapes {} and {}; use reshape",
                     a.shape(), b.shape());
  if (a.dtype() != b.dtype())
    throw TypeError("matmul: dtypes must be equal; got {} and {}; use cast", a.dtype(), b.dtype());
  const bool ta = options.transpose_a, tb = options.transpose_b;
  const Matrix left(a.shape(), ta), right(b.shape(), tb);
  if (left.columns != right.rows)
    throw ValueError("matmul: inner sizes must be equal; got {} and {} from shapes {}{} and {}{}",
                     left.columns, right.rows, a.shape(), ta ? " transposed" : "", b.shape(),
                     tb ? " transposed" : "");
  const Shape batch = batch_of(a.shape(), b.shape());
  Shape shape = batch;
  shape.push_back(left.rows);
  shape.push_back(right.columns);

  // Many matrices times one: a single tall product, whose gradients are single products too.
  if (a.rank() > 2 && b.rank() == 2 && !ta)
    return reshape(matmul(reshape(a, {batch.size() * left.rows, left.columns}), b, options), shape);

  Tensor y = left.columns == 0 ? zeros(shape, a.dtype()) : Tensor::empty(shape, a.dtype());
  if (y.size() > 0 && left.columns > 0)
    dispatch(a.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const T *a_data = a.data<T>(), *b_data = b.data<T>();
      T* to = writable<T>(y);
      for_each_matrix(batch, a.shape(), b.shape(), [&](Index i, Index offset_a, Index offset_b) {
        multiply(left, a_data + offset_a, right, b_data + offset_b,
                 to + i * left.rows * right.columns);
      });
    });

  // y = op(a) op(b): the gradient of op(a) is dy op(b)^T, of op(b) op(a)^T dy; a transposed operand
  // gets the transpose of that. Only leading axes broadcast, so they are summed here.
  return record(
      "matmul", y,
      wrt(a,
          [b, ta, tb, shape = a.shape()](const Tensor& dy) {
            return sum_to(ta ? matmul(b, dy, {tb, true}) : matmul(dy, b, {false, !tb}), shape);
          }),
      wrt(b, [a, ta, tb, shape = b.shape()](const Tensor& dy) {
        return sum_to(tb ? matmul(dy, a, {true, ta}) : matmul(a, dy, {!ta, false}), shape);
      }));
}

}  // namespace reel
