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

namespace {

// IEEE 754 says to the bit what becomes of numbers here: they need no kernel.
template <class T>
Tensor map_number(const Tensor& a, const Tensor& b, kernels::BinaryOp kind) {
  const T s = *a.data<T>(), t = *b.data<T>();
  const T y = kind == kernels::BinaryOp::add   ? s + t
              : kind == kernels::BinaryOp::sub ? s - t
              : kind == kernels::BinaryOp::mul ? s * t
                                               : s / t;
  return Tensor::number_like(a, y);
}

// Kept apart, as is `map_broadcast`, so that a number costs little more than its memory.
template <class T>
[[gnu::noinline]] Tensor map_equal(const Tensor& a, const Tensor& b, kernels::BinaryOp kind) {
  Tensor y = Tensor::empty_like(a);
  const auto run = kernels::elementwise<T>().binary[static_cast<int>(kind)];
  const T* from_a = a.data<T>();
  const T* from_b = b.data<T>();
  T* to = writable<T>(y);
  for_each_tile(y.size(), [=](Index begin, Index end) {
    run(from_a + begin, {}, from_b + begin, {}, to + begin, 1, end - begin);
  });
  return y;
}

[[gnu::noinline]] Tensor map_broadcast(const char* op, const Tensor& a, const Tensor& b,
                                       kernels::BinaryOp kind) {
  Tensor y = Tensor::empty(broadcast_shapes(op, a.shape(), b.shape()), a.dtype());
  dispatch(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto run = kernels::elementwise<T>().binary[static_cast<int>(kind)];
    const T* from_a = a.data<T>();
    const T* from_b = b.data<T>();
    T* to = writable<T>(y);
    const Index size = y.size();
    // Each operand is as long as y, or one number: no walk is needed.
    if ((a.size() == size || a.size() == 1) && (b.size() == size || b.size() == 1)) {
      const Index step_a = a.size() == size, step_b = b.size() == size;
      for_each_tile(size, [=](Index begin, Index end) {
        run(from_a + begin * step_a, {0, step_a}, from_b + begin * step_b, {0, step_b}, to + begin,
            1, end - begin);
      });
      return;
    }
    const kernels::Broadcast walk(y.shape(), {&a.shape(), &b.shape()});
    for_each_tile(size, [&](Index begin, Index end) {
      walk.for_each_block(begin, end, [&](const kernels::Broadcast::Block& block) {
        run(from_a + block.at[0], walk.strides(0), from_b + block.at[1], walk.strides(1),
            to + block.y, block.rows, block.columns);
      });
    });
  });
  return y;
}

}  // namespace

Tensor map(const char* op, const Tensor& a, const Tensor& b, kernels::BinaryOp kind) {
  if (a.shape() != b.shape()) return map_broadcast(op, a, b, kind);
  if (a.size() == 1 && kind <= kernels::BinaryOp::div)
    return a.dtype() == float32 ? map_number<float>(a, b, kind) : map_number<double>(a, b, kind);
  return a.dtype() == float32 ? map_equal<float>(a, b, kind) : map_equal<double>(a, b, kind);
}

}  // namespace reel::detail
