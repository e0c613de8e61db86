// product_over: a c / b, in the range wherever that is, though a / b or a c may be outside.
//
// A quotient's factors pull either way, so no order of them is right for all. What leaves the range
// on the way is computed in a wider type. Gradients of any order stay in the family: g c / b, g a /
// b and -g (a c / b) / b. Read before: map.h. Read next: arithmetic.cpp.
#include <type_traits>

#include <reel/core/ops/factories.h>
#include <reel/core/ops/map.h>

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
  const Tensor b = b_in.shape() == a.shape() ? b_in : b_in * ones_like(a);
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
