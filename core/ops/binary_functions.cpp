// Functions of two operands: pow, maximum and minimum, squared_difference.
//
// As arithmetic, but where a derivative does not exist a choice has to be made, and each stands
// here as a formula: at a tie of maximum and minimum the whole gradient goes to the first operand,
// and a power of 0 never gives NaN to a gradient that is 0 times something.
// Read before: arithmetic.cpp. Read next: comparison.cpp.
#include <reel/core/ops/binary.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/record.h>

namespace reel {

using detail::binary;
using kernels::BinaryOp;

// b a^(b - 1) is 0 at a = b = 0, and log(a) counts as 0 where a^b has no slope in b (a <= 0).
Tensor pow(const Operand& a_in, const Operand& b_in) {
  const auto [a, b] = alike(a_in, b_in, "pow");
  Tensor y = binary("pow", a, b, BinaryOp::pow);
  if (!recording()) return y;
  return record(
      "pow", y,
      wrt(a,
          [a = a, b = b](const Tensor& dy) {
            const Tensor base = where(equal(a, 0) * equal(b, 0), 1, a);
            return dy * b * pow(base, b - 1);
          }),
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
  return record(op, y, wrt(a, [a = a, b = b](const Tensor& dy) { return dy * (2 * (a - b)); }),
                wrt(b, [a = a, b = b](const Tensor& dy) { return dy * (2 * (b - a)); }));
}

}  // namespace reel
