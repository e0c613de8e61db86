// Where sum and factor fit the dtype, the formula as it stands. Elsewhere the elements take a power
// of two out of the factor before they are summed, which is exact; what is left of it is in [1, 4).
// Then all that comes between is smaller than the result, in gradients of any order, too. Price:
// two looks through x for its largest element, in which nothing is recorded.
#include <reel/layers/functions/weighed_sums.h>

#include <cmath>
#include <limits>

#include <reel/core/ops.h>
#include <reel/core/recording.h>

namespace reel::detail {
namespace {

double largest_magnitude(const Tensor& x) {
  const PauseRecording pause;
  return std::fmax(max(x).item(), -min(x).item());
}

// Whether neither the factor nor a sum of powers of x leaves the range. What is not finite has no
// other result in another way.
bool fits(double factor, const Tensor& x, int power) {
  if (x.size() == 0) return true;
  const double largest = largest_magnitude(x);
  if (largest == 0 || !std::isfinite(largest)) return true;
  return dispatch(x.dtype(), [&](auto zero) {
    using Limits = std::numeric_limits<decltype(zero)>;
    const double size = std::fabs(factor);
    if (size != 0 && (size < double{Limits::min()} || size > double{Limits::max()})) return false;
    const int exponent = std::ilogb(largest);
    const int bits_of_count = std::ilogb(static_cast<double>(x.size())) + 1;
    return power * (exponent + 1) + bits_of_count < Limits::max_exponent &&
           (power == 1 || power * exponent >= Limits::min_exponent + Limits::digits);
  });
}

// factor sum f(x), f(2 x) being 2^power f(x).
template <class F>
Tensor weighed_sum(double factor, const Tensor& x, int power, const F& f) {
  if (fits(factor, x, power)) return factor * sum(f(x));
  // A factor of 0 takes all that there is.
  const int taken =
      factor == 0 ? -1000
                  : static_cast<int>(std::floor(static_cast<double>(std::ilogb(factor)) / power));
  // In two steps, since 2^taken may be below the range of float32 where the product is in it.
  const Tensor in_units = x * std::ldexp(1.0, taken / 2) * std::ldexp(1.0, taken - taken / 2);
  return std::ldexp(factor, -power * taken) * sum(f(in_units));
}

}  // namespace

Tensor weighed_sum_of_magnitudes(double factor, const Tensor& x) {
  return weighed_sum(factor, abs(x), 1, [](const Tensor& v) { return v; });  // x has the signs
}
Tensor weighed_sum_of_squares(double factor, const Tensor& x) {
  return weighed_sum(factor, x, 2, [](const Tensor& v) { return square(v); });
}

}  // namespace reel::detail
