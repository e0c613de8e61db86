#include <reel/core/ops/shape_ops.h>

#include <reel/core/ops/reduction.h>
#include <reel/core/record.h>

namespace reel {

Tensor reshape(const Operand& operand, const Shape& shape) {
  const Tensor x = operand.tensor("reshape");
  const Tensor y = x.share(shape);
  return record("reshape", y,
                wrt(x, [shape = x.shape()](const Tensor& dy) { return reshape(dy, shape); }));
}

Tensor broadcast_to(const Operand& operand, const Shape& shape) {
  const Tensor x = operand.tensor("broadcast_to");
  if (x.shape() == shape) return x;
  if (broadcast_shapes("broadcast_to", x.shape(), shape) != shape)
    throw ValueError("broadcast_to: shape {} must broadcast to {}", x.shape(), shape);
  Tensor y = Tensor::empty(shape, x.dtype());
  const int extra = shape.rank() - x.rank();
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = x.data<T>();
    T* to = writable<T>(y);
    for (Index i = 0; i < y.size(); ++i) {
      Index rest = i, offset = 0, stride = 1;
      for (int axis = shape.rank() - 1; axis >= 0; --axis) {
        const Index position = rest % shape[axis];
        rest /= shape[axis];
        if (axis < extra) continue;
        if (x.shape()[axis - extra] != 1) offset += position * stride;
        stride *= x.shape()[axis - extra];
      }
      to[i] = from[offset];
    }
  });
  return record("broadcast_to", y,
                wrt(x, [shape = x.shape()](const Tensor& dy) { return sum_to(dy, shape); }));
}

}  // namespace reel
