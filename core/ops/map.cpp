// The functions that are kernels, applied to tensors: tile by tile, by the table for this CPU.
//
// Apart from map.h so that an op which calls one costs its source file a call and not a loop; the
// price is an indirect call a tile. There is no such function for pairs of tensors here: those of
// shapes that broadcast are binary.h. Read before: map.h. Read next: functions_kernels.cpp.
#include <reel/core/ops/map.h>

namespace reel::detail {

Tensor map(const Tensor& x, kernels::Function f) {
  Tensor y = Tensor::empty_like(x);
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto run = kernels::functions<T>().value[static_cast<int>(f)];
    const T* from = x.data<T>();
    T* to = writable<T>(y);
    for_each_tile(y.size(),
                  [=](Index begin, Index end) { run(from + begin, to + begin, end - begin); });
  });
  return y;
}

Tensor map(const Tensor& dy, const Tensor& x, kernels::Slope slope) {
  Tensor dx = Tensor::empty_like(x);
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto run = kernels::functions<T>().gradient[static_cast<int>(slope)];
    const T* from = dy.data<T>();
    const T* at = x.data<T>();
    T* to = writable<T>(dx);
    for_each_tile(dx.size(), [=](Index begin, Index end) {
      run(from + begin, at + begin, to + begin, end - begin);
    });
  });
  return dx;
}

}  // namespace reel::detail
