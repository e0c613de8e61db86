#include <reel/core/ops/reduction.h>

#include <algorithm>

#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/core/record.h>

namespace reel {

std::vector<bool> Axes::mask(const char* op, int rank) const {
  std::vector<bool> mask(static_cast<std::size_t>(rank), all_);
  for (int axis : axes_) {
    const auto i = static_cast<std::size_t>(normalize_axis(op, axis, rank));
    if (mask[i]) throw ValueError("{}: each axis may be named once; got axis {} twice", op, axis);
    mask[i] = true;
  }
  return mask;
}

Tensor sum(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor x = operand.tensor("sum");
  const std::vector<bool> reduced = axes.mask("sum", x.rank());
  Shape kept, shape;
  for (int i = 0; i < x.rank(); ++i) {
    kept.push_back(reduced[i] ? 1 : x.shape()[i]);
    if (!reduced[i] || keepdims) shape.push_back(reduced[i] ? 1 : x.shape()[i]);
  }
  Tensor y = zeros(shape, x.dtype());
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = x.data<T>();
    T* to = writable<T>(y);
    for (Index i = 0; i < x.size(); ++i) {
      Index rest = i, offset = 0, stride = 1;
      for (int axis = x.rank() - 1; axis >= 0; --axis) {
        const Index n = x.shape()[axis];
        if (!reduced[axis]) offset += rest % n * stride, stride *= n;
        rest /= n;
      }
      to[offset] += from[i];
    }
  });
  return record("sum", y, wrt(x, [kept, shape = x.shape()](const Tensor& dy) {
                  return broadcast_to(reshape(dy, kept), shape);
                }));
}

Tensor mean(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor x = operand.tensor("mean");
  const Tensor y = sum(x, axes, keepdims);
  return y / (static_cast<double>(x.size()) / static_cast<double>(y.size()));
}

Tensor sum_to(const Operand& operand, const Shape& shape) {
  const Tensor x = operand.tensor("sum_to");
  if (x.shape() == shape) return x;
  const int extra = x.rank() - shape.rank();
  std::vector<int> axes;
  for (int i = 0; i < x.rank(); ++i)
    if (i < extra || (shape[i - extra] == 1 && x.shape()[i] != 1)) axes.push_back(i);
  return reshape(sum(x, Axes(axes), true), shape);
}

}  // namespace reel
