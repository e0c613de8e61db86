// Means of numbers whose sum leaves the dtype's range although their mean does not.
//
// The plain way is gone first, and its result is looked at once: ordinary numbers pay for no more
// and keep their bits. Where it is not finite, the numbers are divided by a power of two before
// they are added, which is exact but for what is too small beside them to matter; what is infinite
// or NaN for another reason stays so.
// Internal: included by the sources of core/ops only. Read before: units.h. Read next:
// reduction.cpp, pooling.cpp.
#pragma once

#include <atomic>
#include <cmath>
#include <limits>

#include <reel/core/ops/map.h>
#include <reel/core/tensor.h>

namespace reel::detail {

/// Whether no number is infinite or NaN.
inline bool all_finite(const Tensor& x) {
  std::atomic<bool> finite = true;
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = x.data<T>();
    for_each_tile(x.size(), [&finite, from](Index begin, Index end) {
      bool fits = true;
      for (Index i = begin; i < end; ++i)
        fits &= std::abs(from[i]) <= std::numeric_limits<T>::max();
      if (!fits) finite = false;
    });
  });
  return finite;
}

/// f(x), a linear function that adds up to `count` numbers and divides the sum, without the sum's
/// leaving the range. Nothing is recorded here.
template <class F>
Tensor within_range(const Tensor& x, Index count, const F& f) {
  Tensor y = f(x);
  if (count < 2 || all_finite(y)) return y;
  const double unit = std::ldexp(1.0, std::ilogb(static_cast<double>(count)) + 1);
  const Tensor divided =
      map(x, [unit](auto number) { return number / static_cast<decltype(number)>(unit); });
  return map_same_shape(y, f(divided), [unit](auto plain, auto in_units) {
    return std::isfinite(plain) ? plain : in_units * static_cast<decltype(plain)>(unit);
  });
}

}  // namespace reel::detail
