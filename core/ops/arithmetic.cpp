// Ops of two operands: arithmetic, maximum and minimum, pow.
#include <reel/core/ops/map.h>

namespace reel {

using detail::map;
using kernels::BinaryOp;

namespace {

template <class Record>
[[gnu::noinline]] Tensor convert_and_record(const char* op, BinaryOp kind, const Operand& a_in,
                                            const Operand& b_in, const Record& record_with) {
  const Tensor &a = a_in.like(b_in, op), &b = b_in.like(a_in, op);
  Tensor y = map(op, a, b, kind);
  return recording() ? record_with(std::move(y), a, b) : y;
}

// The op `kind`, recorded by record_with(y, a, b). What is neither converted nor recorded goes
// straight to `map`: of a few numbers, anything else would cost more than they do.
template <class Record>
Tensor binary(const char* op, BinaryOp kind, const Operand& a, const Operand& b,
              const Record& record_with) {
  if (!recording() && a.has_dtype_of(b)) return map(op, a.tensor(op), b.tensor(op), kind);
  return convert_and_record(op, kind, a, b, record_with);
}

}  // namespace

Tensor add(const Operand& a_in, const Operand& b_in) {
  return binary("add", BinaryOp::add, a_in, b_in, [](Tensor&& y, const Tensor& a, const Tensor& b) {
    return record("add", std::move(y), wrt(a, pass_on), wrt(b, pass_on));
  });
}

Tensor sub(const Operand& a_in, const Operand& b_in) {
  return binary("sub", BinaryOp::sub, a_in, b_in, [](Tensor&& y, const Tensor& a, const Tensor& b) {
    return record("sub", std::move(y), wrt(a, pass_on),
                  wrt(b, [](const Tensor& dy) { return -dy; }));
  });
}

// `a = a`, since a copy of what is const cannot move on to the tape.
Tensor mul(const Operand& a_in, const Operand& b_in) {
  return binary("mul", BinaryOp::mul, a_in, b_in, [](Tensor&& y, const Tensor& a, const Tensor& b) {
    return record("mul", std::move(y), wrt(a, [b = b](const Tensor& dy) { return dy * b; }),
                  wrt(b, [a = a](const Tensor& dy) { return dy * a; }));
  });
}

Tensor div(const Operand& a_in, const Operand& b_in) {
  return binary("div", BinaryOp::div, a_in, b_in,
                [](const Tensor& y, const Tensor& a, const Tensor& b) {
                  return record("div", y, wrt(a, [b](const Tensor& dy) { return dy / b; }),
                                wrt(b, [b, y](const Tensor& dy) { return -dy * y / b; }));
                });
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

namespace {

template <class T>
[[gnu::noinline]] void add_long(const T* from, T* to, Index size) {
  kernels::elementwise<T>().accumulate(from, to, size);
}

template <class T>
void add_values(const Tensor& x, Tensor& sum) {
  const T* from = x.data<T>();
  T* to = writable<T>(sum);
  if (sum.size() != 1) return add_long(from, to, sum.size());
  *to += *from;
}

}  // namespace

void detail::add_into(Tensor& sum, const Tensor& x) {
  if (sum.dtype() == float32)
    add_values<float>(x, sum);
  else
    add_values<double>(x, sum);
}

}  // namespace reel
