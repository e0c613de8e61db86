// Units: powers of two that bring numbers near 1, where their squares cannot leave a type's range.
//
// Dividing by one is exact, so a result in units is the plain one, but for the range. It takes more
// passes: all that measures lengths computes plainly first and looks whether that fits.
// Read before: dtype.h. Read next: reduction.cpp, norms.cpp, gradient_clipping.cpp.
#pragma once

#include <cmath>
#include <limits>

namespace reel::kernels {

/// Whether a sum of squares is right: none was lost below the range of T, nor did the sum leave it
/// above. A 0 may be either.
template <class T>
bool squares_fit(T sum) {
  using Limits = std::numeric_limits<T>;
  return sum <= Limits::max() && sum >= Limits::min() / Limits::epsilon();
}

/// The power of two below a magnitude; 1 for 0, infinity and NaN.
template <class T>
T unit_below(T magnitude) {
  return magnitude > 0 && std::isfinite(magnitude) ? std::ldexp(T(1), std::ilogb(magnitude)) : T(1);
}

}  // namespace reel::kernels
