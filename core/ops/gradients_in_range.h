// Gradients dy v ... v that are in the dtype's range, however far a part of the product is outside.
//
// The derivative of rsqrt(x) is -r^3 / 2, beyond the range where r = 1e20; times dy = 1e-30 it is
// none. Where all factors but dy are powers of one number, it is enough that dy is multiplied by
// them one after the other: what comes between lies between dy and the result (`each_of`). A
// quotient has factors that pull either way, so what leaves the range on the way is computed in a
// wider type; being an op, with itself as its gradient, that holds in any order (`product_over`).
// Internal: included by the sources of core/ops only. Read before: map.h. Read next: unary.cpp,
// arithmetic.cpp, product_over.cpp.
#pragma once

#include <cmath>
#include <limits>

#include <reel/core/ops/map.h>

namespace reel::detail {

/// The rule formula(dy, v). The formula is a generic lambda, read twice as in `times`.
template <class Formula>
auto each_of(const Tensor& v, Formula formula) {
  return [v = v, formula](const Tensor& dy) {
    return fused_or([&] { return map_same_shape(dy, v, formula); },
                    [&] { return Tensor(formula(dy, v)); });
  };
}

/// Whether a number lost nothing: neither infinite nor below the range. NaN did.
template <class T>
bool is_whole(T number) {
  return std::abs(number) <= std::numeric_limits<T>::max() &&
         std::abs(number) >= std::numeric_limits<T>::min();
}

/// a c / b, where a and c have one shape, to which b broadcasts. An op, for gradients.
Tensor product_over(const Tensor& a, const Tensor& c, const Tensor& b);

}  // namespace reel::detail
