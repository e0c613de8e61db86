// Comparisons, and the ops that choose by them: where, clip.
//
// A comparison gives 1 or 0 in its operands' dtype, so that it is a mask to multiply by, and has no
// gradient: it stands on the tape as an edge without a rule, because the loss may still be said to
// depend on what was compared. `where` is the way to choose, since a product with a mask makes NaN
// of an infinity that was not chosen. Read before: binary.h, map.h. Read next: reduction.cpp.
#include <reel/core/ops/binary.h>
#include <reel/core/ops/map.h>
#include <reel/core/ops/op_attributes.h>

namespace reel {

using kernels::BinaryOp;
using namespace scalar;  // the same names for numbers, for lambdas that are given either

namespace {

Tensor compare(const char* op, const Operand& a_in, const Operand& b_in, BinaryOp kind) {
  const auto [a, b] = alike(a_in, b_in, op);
  Tensor y = detail::binary(op, a, b, kind);
  if (!recording()) return y;
  return record(op, y, no_gradient(a), no_gradient(b));
}

}  // namespace

Tensor equal(const Operand& a, const Operand& b) { return compare("equal", a, b, BinaryOp::equal); }
Tensor not_equal(const Operand& a, const Operand& b) {
  return compare("not_equal", a, b, BinaryOp::not_equal);
}
Tensor less(const Operand& a, const Operand& b) { return compare("less", a, b, BinaryOp::less); }
Tensor less_equal(const Operand& a, const Operand& b) {
  return compare("less_equal", a, b, BinaryOp::less_equal);
}
Tensor greater(const Operand& a, const Operand& b) {
  return compare("greater", a, b, BinaryOp::greater);
}
Tensor greater_equal(const Operand& a, const Operand& b) {
  return compare("greater_equal", a, b, BinaryOp::greater_equal);
}

// Written as a choice and not as c * a + (1 - c) * b: what is not chosen may be inf or NaN.
Tensor where(const Operand& condition_in, const Operand& a_in, const Operand& b_in) {
  const Tensor& c = condition_in.tensor("where");
  const Tensor& a = a_in.is_number() ? a_in.like(c, "where") : a_in.like(b_in, "where");
  const Tensor& b = b_in.is_number() ? b_in.like(c, "where") : b_in.like(a_in, "where");
  if (a.dtype() != c.dtype() || b.dtype() != c.dtype())
    throw TypeError("where: dtypes must be equal; got {}, {} and {}; use cast", c.dtype(),
                    a.dtype(), b.dtype());
  const Shape shape =
      broadcast_shapes("where", broadcast_shapes("where", c.shape(), a.shape()), b.shape());
  Tensor y = Tensor::empty(shape, c.dtype());
  const kernels::Broadcast walk(shape, {&c.shape(), &a.shape(), &b.shape()});
  dispatch(c.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T *from_c = c.data<T>(), *from_a = a.data<T>(), *from_b = b.data<T>();
    T* to = writable<T>(y);
    detail::for_each_tile(y.size(), [&](Index begin, Index end) {
      walk.for_each_block(begin, end, [&](const kernels::Broadcast::Block& block) {
        kernels::elementwise<T>().where(from_c + block.at[0], walk.strides(0), from_a + block.at[1],
                                        walk.strides(1), from_b + block.at[2], walk.strides(2),
                                        to + block.y, block.rows, block.columns);
      });
    });
  });
  if (!recording()) return y;
  return record("where", y, no_gradient(c),
                wrt(a, [c](const Tensor& dy) { return where(c, dy, 0); }),
                wrt(b, [c](const Tensor& dy) { return where(c, 0, dy); }));
}

Tensor clip(const Operand& operand, double low, double high) {
  const Tensor& x = operand.tensor("clip");
  if (!(low <= high)) throw ValueError("clip: low must be <= high; got {} and {}", low, high);
  Tensor y = detail::map(x, [low, high](auto v) {
    const auto l = constant(v, low), h = constant(v, high);
    return v < l ? l : v > h ? h : v;  // keeps NaN
  });
  if (!recording()) return y;
  const auto slope = [low, high](const auto& v) {
    return greater_equal(v, low) * less_equal(v, high);
  };
  return record("clip", y, wrt(x, detail::times(x, slope)),
                attributes([&] { return detail::named("low", low, "high", high); }));
}

}  // namespace reel
