// The product over axes, and why its gradient is not y / x: a factor may be 0.
//
// The gradient of a factor is the product of all others, which two passes along the axis give, one
// from each end, whatever is 0. That is an op of its own, product_of_others, so that it has a
// gradient too; its rule makes a matrix of n x n for a row of n. Price: second derivatives of long
// products cost memory in n^2. Read before: reduction.cpp. Read next: positions.cpp.
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/factories.h>
#include <reel/core/ops/reduce.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/core/record.h>

namespace reel {
namespace {

// For each element the product of all the others along `axis`: right whatever is 0. The gradient of
// prod, and so differentiable itself: each of these products is a prod over a row of the n x n
// matrix that has x in every row and 1 on its diagonal.
Tensor product_of_others(const Tensor& x, int axis) {
  const AroundAxis around = x.shape().around(axis);
  const Index n = around.n, inner = around.inner;
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (Index o = 0; o < around.outer; ++o)
      for (Index i = 0; i < inner; ++i) {
        const T* from = x.data<T>() + o * n * inner + i;
        T* to = writable<T>(y) + o * n * inner + i;
        T product = 1;
        for (Index k = 0; k < n; ++k) to[k * inner] = product, product *= from[k * inner];
        product = 1;
        for (Index k = n; k-- > 0;) to[k * inner] *= product, product *= from[k * inner];
      }
  });
  if (!recording()) return y;
  return record("product_of_others", y, wrt(x, [x, around](const Tensor& dy) {
                  const auto [outer, n, inner] = around;
                  const Tensor at = arange(n, x.dtype());
                  const Tensor diagonal = equal(reshape(at, {n, 1}), at);
                  const Tensor eye = reshape(diagonal, {1, n, n, 1});
                  const Tensor row = reshape(x, {outer, 1, n, inner});
                  const Tensor weight = reshape(dy, {outer, n, 1, inner});
                  const Tensor others = product_of_others(where(eye, 1, row), 2);
                  return reshape(sum(where(eye, 0, others * weight), 1), x.shape());
                }));
}

Tensor prod_over(const Tensor& x, int axis) {
  const detail::Reduced reduced("prod", x, axis, false);
  Tensor y = detail::reduce(kernels::Fold::product, x, reduced);
  if (!recording()) return y;
  return record("prod", y, wrt(x, [x, axis, kept = reduced.kept](const Tensor& dy) {
                  return reshape(dy, kept) * product_of_others(x, axis);
                }));
}

}  // namespace

// One axis at a time, so that the rule knows one axis only.
Tensor prod(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor& x = operand.tensor("prod");
  const detail::Reduced reduced("prod", x, axes, keepdims);
  Tensor y = x;
  for (int axis = x.rank(); axis-- > 0;)
    if (reduced.mask[axis]) y = prod_over(y, axis);
  return y.shape() == reduced.shape ? y : reshape(y, reduced.shape);
}

}  // namespace reel
