// Sums, differences, products and quotients: what an op is, in its shortest form.
//
// Check (`alike` gives both operands one dtype), compute, stop when nobody records (rules are not
// even made), record one rule for each argument. In these four, of which networks of numbers are
// made, rules capture `b = b` and not `b`: a copy of a const reference is const, too, and cannot
// move on to the tape but is copied once more, a fifth of the price of a node. And they do not
// `return record(...)`: where all ends return y itself, it is made in place.
// Broadcasting is not mentioned: the backward pass sums gradients down to their arguments.
// Read before: operand.h. Read next: binary.h, record.h, binary_functions.cpp, unary.cpp.
#include <reel/core/ops/binary.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/map.h>
#include <reel/core/record.h>

namespace reel {

using detail::binary;
using kernels::BinaryOp;

Tensor add(const Operand& a_in, const Operand& b_in) {
  const auto [a, b] = alike(a_in, b_in, "add");
  Tensor y = binary("add", a, b, BinaryOp::add);
  if (!recording()) return y;
  record("add", y, wrt(a, pass_on), wrt(b, pass_on));
  return y;
}

Tensor sub(const Operand& a_in, const Operand& b_in) {
  const auto [a, b] = alike(a_in, b_in, "sub");
  Tensor y = binary("sub", a, b, BinaryOp::sub);
  if (!recording()) return y;
  record("sub", y, wrt(a, pass_on), wrt(b, [](const Tensor& dy) { return -dy; }));
  return y;
}

Tensor mul(const Operand& a_in, const Operand& b_in) {
  const auto [a, b] = alike(a_in, b_in, "mul");
  Tensor y = binary("mul", a, b, BinaryOp::mul);
  if (!recording()) return y;
  record("mul", y, wrt(a, [b = b](const Tensor& dy) { return dy * b; }),
         wrt(b, [a = a](const Tensor& dy) { return dy * a; }));
  return y;
}

Tensor div(const Operand& a_in, const Operand& b_in) {
  const auto [a, b] = alike(a_in, b_in, "div");
  Tensor y = binary("div", a, b, BinaryOp::div);
  if (!recording()) return y;
  record("div", y, wrt(a, [b = b](const Tensor& dy) { return dy / b; }),
         wrt(b, [b = b, y](const Tensor& dy) { return -detail::product_over(dy, y, b); }));
  return y;
}

}  // namespace reel
