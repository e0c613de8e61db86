// Ops of two operands: arithmetic, maximum and minimum, pow.
#include <reel/core/ops/map.h>

namespace reel {

using detail::map;
using kernels::BinaryOp;

Tensor add(const Operand& a_in, const Operand& b_in) {
  const Tensor &a = a_in.like(b_in, "add"), &b = b_in.like(a_in, "add");
  return record("add", map("add", a, b, BinaryOp::add), wrt(a, [](const Tensor& dy) { return dy; }),
                wrt(b, [](const Tensor& dy) { return dy; }));
}

Tensor sub(const Operand& a_in, const Operand& b_in) {
  const Tensor &a = a_in.like(b_in, "sub"), &b = b_in.like(a_in, "sub");
  return record("sub", map("sub", a, b, BinaryOp::sub), wrt(a, [](const Tensor& dy) { return dy; }),
                wrt(b, [](const Tensor& dy) { return -dy; }));
}

Tensor mul(const Operand& a_in, const Operand& b_in) {
  const Tensor &a = a_in.like(b_in, "mul"), &b = b_in.like(a_in, "mul");
  Tensor y = map("mul", a, b, BinaryOp::mul);
  if (!detail::recording()) return y;  // to copy what rules capture costs as much as a few numbers
  return record("mul", std::move(y), wrt(a, [b = b](const Tensor& dy) { return dy * b; }),
                wrt(b, [a = a](const Tensor& dy) { return dy * a; }));
}

Tensor div(const Operand& a_in, const Operand& b_in) {
  const Tensor &a = a_in.like(b_in, "div"), &b = b_in.like(a_in, "div");
  const Tensor y = map("div", a, b, BinaryOp::div);
  return record("div", y, wrt(a, [b](const Tensor& dy) { return dy / b; }),
                wrt(b, [b, y](const Tensor& dy) { return -dy * y / b; }));
}

// b a^(b - 1) is 0 at a = b = 0, and log(a) counts as 0 where a^b has no slope in b (a <= 0).
Tensor pow(const Operand& a_in, const Operand& b_in) {
  const Tensor &a = a_in.like(b_in, "pow"), &b = b_in.like(a_in, "pow");
  const Tensor y = map("pow", a, b, BinaryOp::pow);
  return record(
      "pow", y,
      wrt(a,
          [a, b](const Tensor& dy) {
            const Tensor base = where(equal(a, 0) * equal(b, 0), 1, a);
            return dy * b * pow(base, b - 1);
          }),
      wrt(b, [a, y](const Tensor& dy) { return dy * y * log(where(greater(a, 0), a, 1)); }));
}

// NaN wins over any number, so that a broken network shows.
Tensor maximum(const Operand& a_in, const Operand& b_in) {
  const Tensor &a = a_in.like(b_in, "maximum"), &b = b_in.like(a_in, "maximum");
  return record("maximum", map("maximum", a, b, BinaryOp::maximum),
                wrt(a, [a, b](const Tensor& dy) { return dy * greater_equal(a, b); }),
                wrt(b, [a, b](const Tensor& dy) { return dy * less(a, b); }));
}

Tensor minimum(const Operand& a_in, const Operand& b_in) {
  const Tensor &a = a_in.like(b_in, "minimum"), &b = b_in.like(a_in, "minimum");
  return record("minimum", map("minimum", a, b, BinaryOp::minimum),
                wrt(a, [a, b](const Tensor& dy) { return dy * less_equal(a, b); }),
                wrt(b, [a, b](const Tensor& dy) { return dy * greater(a, b); }));
}

Tensor squared_difference(const Operand& a_in, const Operand& b_in) {
  const Tensor& a = a_in.like(b_in, "squared_difference");
  const Tensor& b = b_in.like(a_in, "squared_difference");
  return record("squared_difference", map("squared_difference", a, b, BinaryOp::squared_difference),
                wrt(a, [a, b](const Tensor& dy) { return dy * (2 * (a - b)); }),
                wrt(b, [a, b](const Tensor& dy) { return dy * (2 * (b - a)); }));
}

Tensor operator+(const Operand& a, const Operand& b) { return add(a, b); }
Tensor operator-(const Operand& a, const Operand& b) { return sub(a, b); }
Tensor operator*(const Operand& a, const Operand& b) { return mul(a, b); }
Tensor operator/(const Operand& a, const Operand& b) { return div(a, b); }
Tensor operator-(const Operand& x) { return neg(x); }

void detail::add_into(Tensor& sum, const Tensor& x) {
  dispatch(sum.dtype(), [&](auto zero) {
    using T = decltype(zero);
    kernels::elementwise<T>().accumulate(x.data<T>(), writable<T>(sum), sum.size());
  });
}

}  // namespace reel
