// Functions of two operands: pow, maximum and minimum, squared_difference.
//
// As arithmetic, but where a derivative does not exist a choice has to be made, and each stands
// here as a formula: at a tie of maximum and minimum the whole gradient goes to the first operand,
// and a power of 0 never gives NaN to a gradient that is 0 times something.
// Read before: arithmetic.cpp. Read next: comparison.cpp.
#include <algorithm>
#include <cmath>
#include <limits>

#include <reel/core/ops/binary.h>
#include <reel/core/ops/map.h>
#include <reel/core/record.h>

namespace reel {

using detail::binary;
using kernels::BinaryOp;

namespace {

// The base of a^(b - 1) in the gradient b a^(b - 1): a, but where b is 0 and powers of a leave the
// dtype's range, a number near it that has none of a's gradient, because 0 times infinity would be
// NaN. (At b = 0 the gradient has a derivative, 1 / a, in b alone.)
Tensor base_of_slope(const Tensor& a, const Tensor& b) {
  const Tensor is_near_0 = detail::map(a, []<class T>(T v) {
    return std::abs(v) < std::ldexp(T(1), -std::numeric_limits<T>::max_exponent / 2) ? 1 : 0;
  });
  const Tensor near = detail::map(a, []<class T>(T v) {
    constexpr T least = std::numeric_limits<T>::min() / 2;  // 1 / least is a number
    return v == 0 ? 1 : std::abs(v) < least ? std::copysign(least, v) : v;
  });
  return where(is_near_0 * equal(b, 0), near, a);
}

bool has_one(const Tensor& x) {
  return dispatch(x.dtype(), [&](auto zero) {
    const auto elements = x.span<const decltype(zero)>();
    return std::find(elements.begin(), elements.end(), decltype(zero)(1)) != elements.end();
  });
}

// dy b a^(b - 1), the power in two equal parts where it leaves the range as a whole.
// Of a negative a the parts are those of its magnitude, and the sign has a power of its own.
Tensor gradient_of_base(const Tensor& dy, const Tensor& a, const Tensor& b) {
  const Tensor base = base_of_slope(a, b);
  const Tensor exponent = b - 1, power = pow(base, exponent);
  const bool in_parts = [&] {
    const PauseRecording pause;
    const auto any_where = [&](auto is_lost, auto can_be) {
      const Tensor lost = detail::map(power, is_lost);
      return has_one(lost) && has_one(lost * detail::map(base, can_be));
    };
    // A number below the range has lost as much itself as a power of it that is there, too.
    return any_where([](auto v) { return v == 0 || std::isinf(v) ? 1 : 0; },
                     [](auto v) { return v != 0 && std::isfinite(v) ? 1 : 0; }) ||
           any_where([](auto v) { return v == v && !detail::is_whole(v) ? 1 : 0; },
                     [](auto v) { return detail::is_whole(v) ? 1 : 0; });
  }();
  if (!in_parts) return dy * b * power;
  const Tensor part = pow(abs(base), 0.5 * exponent);
  return dy * b * part * part * pow(sign(stop_gradient(base)), stop_gradient(exponent));
}

}  // namespace

// b a^(b - 1) is 0 at b = 0, and log(a) counts as 0 where a^b has no slope in b (a <= 0).
Tensor pow(const Operand& a_in, const Operand& b_in) {
  const auto [a, b] = alike(a_in, b_in, "pow");
  Tensor y = binary("pow", a, b, BinaryOp::pow);
  if (!recording()) return y;
  return record(
      "pow", y, wrt(a, [a = a, b = b](const Tensor& dy) { return gradient_of_base(dy, a, b); }),
      wrt(b, [a = a, y](const Tensor& dy) { return dy * y * log(where(greater(a, 0), a, 1)); }));
}

// NaN wins over any number, so that a broken network shows.
Tensor maximum(const Operand& a_in, const Operand& b_in) {
  const auto [a, b] = alike(a_in, b_in, "maximum");
  Tensor y = binary("maximum", a, b, BinaryOp::maximum);
  if (!recording()) return y;
  return record("maximum", y,
                wrt(a, [a = a, b = b](const Tensor& dy) { return dy * greater_equal(a, b); }),
                wrt(b, [a = a, b = b](const Tensor& dy) { return dy * less(a, b); }));
}

Tensor minimum(const Operand& a_in, const Operand& b_in) {
  const auto [a, b] = alike(a_in, b_in, "minimum");
  Tensor y = binary("minimum", a, b, BinaryOp::minimum);
  if (!recording()) return y;
  return record("minimum", y,
                wrt(a, [a = a, b = b](const Tensor& dy) { return dy * less_equal(a, b); }),
                wrt(b, [a = a, b = b](const Tensor& dy) { return dy * greater(a, b); }));
}

Tensor squared_difference(const Operand& a_in, const Operand& b_in) {
  constexpr const char* op = "squared_difference";
  const auto [a, b] = alike(a_in, b_in, op);
  Tensor y = binary(op, a, b, BinaryOp::squared_difference);
  if (!recording()) return y;
  return record(op, y, wrt(a, [a = a, b = b](const Tensor& dy) { return 2 * (dy * (a - b)); }),
                wrt(b, [a = a, b = b](const Tensor& dy) { return 2 * (dy * (b - a)); }));
}

}  // namespace reel
