// softmax and log_softmax over one axis.
#include <reel/core/kernels/softmax/softmax.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/loss.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/record.h>

namespace reel {
namespace {

kernels::AxisView view_of(const Shape& shape, int axis) {
  kernels::AxisView view{1, shape[axis], 1};
  for (int i = 0; i < shape.rank(); ++i)
    if (i != axis) (i < axis ? view.outer : view.inner) *= shape[i];
  return view;
}

// y from one or two tensors of its shape, by a kernel on (view, inputs, y).
template <class Kernel>
Tensor compute(const Tensor& x, int axis, Kernel kernel) {
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  if (y.size() == 0) return y;
  dispatch(x.dtype(),
           [&](auto zero) { kernel(view_of(x.shape(), axis), writable<decltype(zero)>(y)); });
  return y;
}

}  // namespace

Tensor softmax(const Operand& operand, int axis_in) {
  const Tensor& x = operand.tensor("softmax");
  const int axis = normalize_axis("softmax", axis_in, x.rank());
  const Tensor y = compute(x, axis, [&]<class T>(const kernels::AxisView& view, T* to) {
    kernels::on_rows(view, x.data<T>(), to, kernels::softmax_rows<T>().softmax);
  });
  return record("softmax", y, wrt(x, [y, axis](const Tensor& dy) {
                  if (recording()) return y * (dy - sum(y * dy, axis, true));
                  return compute(y, axis, [&]<class T>(const kernels::AxisView& view, T* to) {
                    kernels::on_rows(view, y.data<T>(), dy.data<T>(), to,
                                     kernels::softmax_rows<T>().softmax_gradient);
                  });
                }));
}

Tensor log_softmax(const Operand& operand, int axis_in) {
  const Tensor& x = operand.tensor("log_softmax");
  const int axis = normalize_axis("log_softmax", axis_in, x.rank());
  const Tensor y = compute(x, axis, [&]<class T>(const kernels::AxisView& view, T* to) {
    kernels::on_rows(view, x.data<T>(), to, kernels::softmax_rows<T>().log_softmax);
  });
  return record("log_softmax", y, wrt(x, [y, axis](const Tensor& dy) {
                  if (recording()) return dy - exp(y) * sum(dy, axis, true);
                  return compute(y, axis, [&]<class T>(const kernels::AxisView& view, T* to) {
                    kernels::on_rows(view, y.data<T>(), dy.data<T>(), to,
                                     kernels::softmax_rows<T>().log_softmax_gradient);
                  });
                }));
}

}  // namespace reel
