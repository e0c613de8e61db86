// product_over: a c / b in one pass, as exact as its result's range allows.
//
// As quotients do, it stays in the family: g c / b, g a / b and -g (a c / b) / b are its gradients.
// Read before: gradients_in_range.h. Read next: arithmetic.cpp.
#include <type_traits>

#include <reel/core/ops/gradients_in_range.h>
#include <reel/core/ops/shape_ops.h>

namespace reel::detail {
namespace {

template <class T>
T product_over_number(T a, T c, T b) {
  const T quotient = a / b;
  if (is_whole(quotient)) return quotient * c;
  using Wide = std::conditional_t<std::is_same_v<T, float>, double, long double>;
  return static_cast<T>(static_cast<Wide>(a) / static_cast<Wide>(b) * static_cast<Wide>(c));
}

}  // namespace

Tensor product_over(const Tensor& a, const Tensor& c, const Tensor& b_in) {
  const Tensor b = b_in.shape() == a.shape() ? b_in : broadcast_to(b_in, a.shape());
  Tensor y = Tensor::empty(a.shape(), a.dtype());
  dispatch(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T *from_a = a.data<T>(), *from_c = c.data<T>(), *from_b = b.data<T>();
    T* __restrict to = writable<T>(y);
    for_each_tile(y.size(), [=](Index begin, Index end) {
      for (Index i = begin; i < end; ++i)
        to[i] = product_over_number(from_a[i], from_c[i], from_b[i]);
    });
  });
  if (!recording()) return y;
  return record("product_over", y,
                wrt(a, [b, c](const Tensor& g) { return product_over(g, c, b); }),
                wrt(c, [a, b](const Tensor& g) { return product_over(g, a, b); }),
                wrt(b, [b, y](const Tensor& g) { return -product_over(g, y, b); }));
}

}  // namespace reel::detail
