// How groups of reduced axes become calls of the kernel.
//
// The kernel knows one shape of work, (outer, n, inner) over n. Neighbouring axes are one group,
// axes of extent 1 none. Innermost first, since what is left after it is small; the order of the
// sums depends on the shape alone, and so do their bits. Read before: reduce.h. Read next:
// reduction.cpp.
#include <reel/core/ops/reduce.h>

#include <algorithm>

namespace reel {

namespace detail {

Reduced::Reduced(const char* op, const Tensor& x, const Axes& axes, bool keepdims)
    : mask(axes.mask(op, x.rank())) {
  for (int i = 0; i < x.rank(); ++i) {
    const Index extent = x.shape()[i];
    if (mask[i]) count *= extent;
    kept.push_back(mask[i] ? 1 : extent);
    if (!mask[i] || keepdims) shape.push_back(kept[i]);
  }
}

// The last group writes straight into the result; those before it into a tensor of (outer, inner).
Tensor reduce(kernels::Fold kind, const Tensor& x, const Reduced& reduced) {
  if (reduced.count == 1) return x.share(reduced.shape);
  if (x.size() == 0) {  // or what a group leaves for the next might have elements without number
    Tensor y = Tensor::empty(reduced.shape, x.dtype());
    dispatch(x.dtype(), [&](auto zero) {
      kernels::fold(kind, x.data<decltype(zero)>(), 1, 0, y.size(), writable<decltype(zero)>(y));
    });
    return y;
  }
  Tensor from = x;
  Index inner = 1;  // product of the extents that stay behind the group
  for (int axis = x.rank(); axis > 0;) {
    Index n = 1;
    for (; axis > 0 && !reduced.mask[axis - 1]; --axis) inner *= x.shape()[axis - 1];
    for (; axis > 0 && reduced.mask[axis - 1]; --axis) n *= x.shape()[axis - 1];
    if (n == 1) continue;
    Index outer = 1;
    bool last = true;  // no reduced axis is left
    for (int i = 0; i < axis; ++i) {
      outer *= x.shape()[i];
      last = last && (!reduced.mask[i] || x.shape()[i] == 1);
    }
    Tensor to = Tensor::empty(last ? reduced.shape : Shape{outer, inner}, x.dtype());
    dispatch(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      kernels::fold(kind, from.data<T>(), outer, n, inner, writable<T>(to));
    });
    from = std::move(to);
  }
  return from;
}

}  // namespace detail
}  // namespace reel
