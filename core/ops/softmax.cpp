// softmax and log_softmax over one axis.
//
// Both gradients are written in the result: with y = softmax(x), dx = y (dy - sum(y dy)), and with
// y = log_softmax(x), dx = dy - exp(y) sum(dy), sums along the axis. Each is a kernel that makes
// one pass over rows, and a few ops for when the backward pass is recorded (reduction.h).
// Read before: softmax.h, reduction.cpp. Read next: cross_entropy.cpp.
#include <reel/core/kernels/softmax/softmax.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/fused_or.h>
#include <reel/core/ops/loss.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/record.h>

namespace reel {
namespace {

// y from one or two tensors of its shape, by a kernel on (view, inputs, y).
template <class Kernel>
Tensor compute(const Tensor& x, int axis, Kernel kernel) {
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  if (y.size() == 0) return y;
  dispatch(x.dtype(),
           [&](auto zero) { kernel(x.shape().around(axis), writable<decltype(zero)>(y)); });
  return y;
}

Tensor fused_softmax_gradient(const Tensor& y, const Tensor& dy, int axis) {
  return compute(y, axis, [&]<class T>(const AroundAxis& view, T* to) {
    kernels::on_rows(view, y.data<T>(), dy.data<T>(), to,
                     kernels::softmax_rows<T>().softmax_gradient);
  });
}

Tensor fused_log_softmax_gradient(const Tensor& y, const Tensor& dy, int axis) {
  return compute(y, axis, [&]<class T>(const AroundAxis& view, T* to) {
    kernels::on_rows(view, y.data<T>(), dy.data<T>(), to,
                     kernels::softmax_rows<T>().log_softmax_gradient);
  });
}

}  // namespace

Tensor softmax(const Operand& operand, int axis_in) {
  const Tensor& x = operand.tensor("softmax");
  const int axis = normalize_axis("softmax", axis_in, x.rank());
  Tensor y = compute(x, axis, [&]<class T>(const AroundAxis& view, T* to) {
    kernels::on_rows(view, x.data<T>(), to, kernels::softmax_rows<T>().softmax);
  });
  if (!recording()) return y;
  return record("softmax", y,
                wrt(x,
                    [y, axis](const Tensor& dy) {
                      return fused_or([&] { return fused_softmax_gradient(y, dy, axis); },
                                      [&] { return detail::softmax_gradient(y, dy, axis); });
                    }),
                attributes([&] { return detail::named("axis", axis); }));
}

Tensor log_softmax(const Operand& operand, int axis_in) {
  const Tensor& x = operand.tensor("log_softmax");
  const int axis = normalize_axis("log_softmax", axis_in, x.rank());
  Tensor y = compute(x, axis, [&]<class T>(const AroundAxis& view, T* to) {
    kernels::on_rows(view, x.data<T>(), to, kernels::softmax_rows<T>().log_softmax);
  });
  if (!recording()) return y;
  return record("log_softmax", y,
                wrt(x,
                    [y, axis](const Tensor& dy) {
                      return fused_or([&] { return fused_log_softmax_gradient(y, dy, axis); },
                                      [&] { return detail::log_softmax_gradient(y, dy, axis); });
                    }),
                attributes([&] { return detail::named("axis", axis); }));
}

}  // namespace reel
