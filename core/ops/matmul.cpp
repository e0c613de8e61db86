// matmul: batches of matrix products, and why their gradients are matrix products again.
//
// y = op(a) op(b), so the gradient of op(a) is dy op(b)^T and that of op(b) is op(a)^T dy; a
// transposed operand gets the transpose of that, by exchanging factors, and nothing is ever moved
// in memory for it: strides of a Matrix say it. Broadcasting concerns the leading axes alone, where
// a stride is 0. Read before: matmul.h, product.h, few_rows.h, layout.h.
// Read next: convolution.cpp.
#include <reel/core/ops/matmul.h>

#include <algorithm>

#include <reel/core/kernels/convolution/few_rows.h>
#include <reel/core/kernels/elementwise/broadcast.h>
#include <reel/core/kernels/matrix/product.h>
#include <reel/core/ops/factories.h>
#include <reel/core/ops/layout.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/core/record.h>
#include <reel/core/runtime/kernel_choice.h>

namespace reel {
namespace {

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

// The matrices of an operand, one for each matrix of the result.
class Matrices {
 public:
  Matrices(const Tensor& x, bool transpose, const Shape& batch) : x_(x), transpose_(transpose) {
    const detail::Strides strides = detail::strides_of(x.shape());
    const int extra = batch.rank() - (x.rank() - 2);
    for (int i = extra; i < batch.rank(); ++i)
      steps_[i] = x.shape()[i - extra] == 1 ? 0 : strides[i - extra];
    batch_ = batch;
  }

  template <class T>
  kernels::Matrix<const T> at(Index i) const {
    Index offset = 0;
    for (int axis = batch_.rank(); axis-- > 0; i /= batch_[axis])
      offset += i % batch_[axis] * steps_[axis];
    const Index rows = x_.shape()[-2], columns = x_.shape()[-1];
    const kernels::Matrix<const T> stored{x_.data<T>() + offset, rows, columns, columns};
    return transpose_ ? stored.transpose() : stored;
  }

 private:
  const Tensor& x_;
  bool transpose_;
  Shape batch_;
  detail::Strides steps_{};
};

}  // namespace

// All checks come first and name shapes as they were given, before transposing and batching turn
// them into others.
Tensor matmul(const Operand& a_in, const Operand& b_in, const MatmulOptions& options) {
  const Tensor &a = a_in.tensor("matmul"), &b = b_in.tensor("matmul");
  if (a.rank() < 2 || b.rank() < 2)
    throw ValueError("matmul: operands must have rank >= 2; got shapes {} and {}; use reshape",
                     a.shape(), b.shape());
  if (a.dtype() != b.dtype())
    throw TypeError("matmul: dtypes must be equal; got {} and {}; use cast", a.dtype(), b.dtype());
  const bool ta = options.transpose_a, tb = options.transpose_b;
  const Index m = a.shape()[ta ? -1 : -2], k = a.shape()[ta ? -2 : -1];
  const Index n = b.shape()[tb ? -2 : -1], k_of_b = b.shape()[tb ? -1 : -2];
  if (k != k_of_b)
    throw ValueError("matmul: inner sizes must be equal; got {} and {} from shapes {}{} and {}{}",
                     k, k_of_b, a.shape(), ta ? " transposed" : "", b.shape(),
                     tb ? " transposed" : "");
  const Shape batch = batch_of(a.shape(), b.shape());
  Shape shape = batch;
  shape.push_back(m);
  shape.push_back(n);

  // Many matrices times one: a single tall product, whose gradients are single products too.
  if (a.rank() > 2 && b.rank() == 2 && !ta)
    return reshape(matmul(reshape(a, {batch.size() * m, k}), b, options), shape);

  Tensor y = k == 0 ? zeros(shape, a.dtype()) : Tensor::empty(shape, a.dtype());
  if (y.size() > 0 && k > 0)
    dispatch(a.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const Matrices left(a, ta, batch), right(b, tb, batch);
      T* to = writable<T>(y);
      if (batch.size() == 1 && !detail::naive_kernels() &&
          kernels::is_of_few_rows<T>(left.at<T>(0), right.at<T>(0)))
        return kernels::multiply_few_rows<T>(left.at<T>(0), right.at<T>(0), to);
      kernels::multiply_each<T>(batch.size(), m, n, k, [&](Index i) {
        return kernels::Product<T>{left.at<T>(i), right.at<T>(i), to + i * m * n};
      });
    });

  if (!recording()) return y;
  // Only the leading axes broadcast, so they are summed here and not by the backward pass.
  return record(
      "matmul", y,
      wrt(a,
          [b, ta, tb, shape = a.shape()](const Tensor& dy) {
            return sum_to(ta ? matmul(b, dy, {tb, true}) : matmul(dy, b, {false, !tb}), shape);
          }),
      wrt(b,
          [a, ta, tb, shape = b.shape()](const Tensor& dy) {
            return sum_to(tb ? matmul(dy, a, {true, ta}) : matmul(a, dy, {!ta, false}), shape);
          }),
      attributes([&] { return detail::named("transpose_a", ta, "transpose_b", tb); }));
}

}  // namespace reel
