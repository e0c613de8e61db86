// Sums, differences, products and quotients: what an op is, in its shortest form.
//
// Check (`like` gives both operands one dtype), compute, stop when nobody records, record one rule
// for each argument. The early return keeps an op outside of a tape as cheap as its loop: rules are
// not even made. In these four, of which networks of numbers are made, rules capture `b = b` and
// not `b`: b is a const reference, a copy of it would be const too, and what is const cannot move
// on to the tape but is copied once more, a fifth of the price of a node.
// Broadcasting is not mentioned: the backward pass sums gradients down to their arguments.
// Read before: operand.h. Read next: binary.h, record.h, binary_functions.cpp, unary.cpp.
#include <reel/core/ops/binary.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/record.h>

namespace reel {

using detail::binary;
using kernels::BinaryOp;

Tensor add(const Operand& a_in, const Operand& b_in) {
  const Tensor &a = a_in.like(b_in, "add"), &b = b_in.like(a_in, "add");
  Tensor y = binary("add", a, b, BinaryOp::add);
  if (!recording()) return y;
  return record("add", std::move(y), wrt(a, pass_on), wrt(b, pass_on));
}

Tensor sub(const Operand& a_in, const Operand& b_in) {
  const Tensor &a = a_in.like(b_in, "sub"), &b = b_in.like(a_in, "sub");
  Tensor y = binary("sub", a, b, BinaryOp::sub);
  if (!recording()) return y;
  return record("sub", std::move(y), wrt(a, pass_on), wrt(b, [](const Tensor& dy) { return -dy; }));
}

Tensor mul(const Operand& a_in, const Operand& b_in) {
  const Tensor &a = a_in.like(b_in, "mul"), &b = b_in.like(a_in, "mul");
  Tensor y = binary("mul", a, b, BinaryOp::mul);
  if (!recording()) return y;
  return record("mul", std::move(y), wrt(a, [b = b](const Tensor& dy) { return dy * b; }),
                wrt(b, [a = a](const Tensor& dy) { return dy * a; }));
}

Tensor div(const Operand& a_in, const Operand& b_in) {
  const Tensor &a = a_in.like(b_in, "div"), &b = b_in.like(a_in, "div");
  Tensor y = binary("div", a, b, BinaryOp::div);
  if (!recording()) return y;
  return record("div", y, wrt(a, [b = b](const Tensor& dy) { return dy / b; }),
                wrt(b, [b = b, y](const Tensor& dy) { return -dy * y / b; }));
}

Tensor operator+(const Operand& a, const Operand& b) { return add(a, b); }
Tensor operator-(const Operand& a, const Operand& b) { return sub(a, b); }
Tensor operator*(const Operand& a, const Operand& b) { return mul(a, b); }
Tensor operator/(const Operand& a, const Operand& b) { return div(a, b); }
Tensor operator-(const Operand& x) { return neg(x); }

}  // namespace reel
