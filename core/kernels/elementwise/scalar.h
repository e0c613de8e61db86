// The mathematics of the element-wise ops on single numbers.
//
// The names and meanings are those of the ops in core/ops/elementwise.h, so that one generic lambda
// such as `[](const auto& y) { return 1 - y * y; }` or `[](const auto& x) { return sign(x); }`
// serves twice: on numbers inside a loop, and on tensors as a composition of recorded ops.
// Functions that need exp or log are kernels (functions.h).
#pragma once

#include <cmath>
#include <concepts>
#include <type_traits>

namespace reel::scalar {

using std::abs;
using std::cos;
using std::sin;
using std::sqrt;

/// A constant for a formula in v: of the type of v, so that float stays float; a plain number when
/// v is a tensor.
template <class V>
auto constant(const V&, double value) {
  if constexpr (std::is_floating_point_v<V>)
    return static_cast<V>(value);
  else
    return value;
}

template <std::floating_point T>
T square(T x) {
  return x * x;
}

template <std::floating_point T>
T sign(T x) {
  return x > 0 ? T(1) : x < 0 ? T(-1) : x;  // keeps 0, -0 and NaN
}

// Comparisons give 1 or 0 in the type of their operands, as the ops do.
template <std::floating_point T>
T greater(T a, std::type_identity_t<T> b) {
  return a > b ? T(1) : T(0);
}
template <std::floating_point T>
T greater_equal(T a, std::type_identity_t<T> b) {
  return a >= b ? T(1) : T(0);
}
template <std::floating_point T>
T less(T a, std::type_identity_t<T> b) {
  return a < b ? T(1) : T(0);
}
template <std::floating_point T>
T less_equal(T a, std::type_identity_t<T> b) {
  return a <= b ? T(1) : T(0);
}
template <std::floating_point T>
T where(T condition, std::type_identity_t<T> a, std::type_identity_t<T> b) {
  return condition != 0 ? a : b;
}

}  // namespace reel::scalar
