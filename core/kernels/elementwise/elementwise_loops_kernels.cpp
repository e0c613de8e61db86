// The loops of elementwise_loops.h, compiled once for each instruction set (isa.h).
#include <reel/core/kernels/elementwise/elementwise_loops.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

// clang-format off
template <class T> T add(T a, T b) { return a + b; }
template <class T> T sub(T a, T b) { return a - b; }
template <class T> T mul(T a, T b) { return a * b; }
template <class T> T div(T a, T b) { return a / b; }
// NaN wins over any number, so that a broken network shows.
template <class T> T maximum(T a, T b) { return a >= b || a != a ? a : b; }
template <class T> T minimum(T a, T b) { return a <= b || a != a ? a : b; }
template <class T> T squared_difference(T a, T b) { return (a - b) * (a - b); }
inline float pow(float a, float b) { return __builtin_powf(a, b); }
inline double pow(double a, double b) { return __builtin_pow(a, b); }
template <class T> T equal(T a, T b) { return a == b ? T(1) : T(0); }
template <class T> T not_equal(T a, T b) { return a != b ? T(1) : T(0); }
template <class T> T less(T a, T b) { return a < b ? T(1) : T(0); }
template <class T> T less_equal(T a, T b) { return a <= b ? T(1) : T(0); }
template <class T> T greater(T a, T b) { return a > b ? T(1) : T(0); }
template <class T> T greater_equal(T a, T b) { return a >= b ? T(1) : T(0); }
// clang-format on

// Each inner loop has unit strides or a number that stays in a register.
template <auto f, class T>
void binary(const T* a, Strides of_a, const T* b, Strides of_b, T* __restrict y, Index rows,
            Index columns) {
  for (Index r = 0; r < rows; ++r, a += of_a.row, b += of_b.row, y += columns) {
    if (of_a.column == 0) {
      const T number = *a;
      for (Index c = 0; c < columns; ++c) y[c] = f(number, b[c]);
    } else if (of_b.column == 0) {
      const T number = *b;
      for (Index c = 0; c < columns; ++c) y[c] = f(a[c], number);
    } else {
      for (Index c = 0; c < columns; ++c) y[c] = f(a[c], b[c]);
    }
  }
}

template <int column_of_a, int column_of_b, class T>
void choose(const T* condition, const T* a, const T* b, T* __restrict y, Index columns) {
  for (Index c = 0; c < columns; ++c) {
    const T s = a[c * column_of_a], t = b[c * column_of_b];  // loaded first, so that it vectorises
    y[c] = condition[c] != 0 ? s : t;
  }
}

template <class T>
void where(const T* condition, Strides of_condition, const T* a, Strides of_a, const T* b,
           Strides of_b, T* __restrict y, Index rows, Index columns) {
  for (Index r = 0; r < rows; ++r) {
    if (of_condition.column == 0) {
      const T* from = *condition != 0 ? a : b;
      const Index column = *condition != 0 ? of_a.column : of_b.column;
      for (Index c = 0; c < columns; ++c) y[c] = from[c * column];
    } else if (of_a.column == 0) {
      of_b.column == 0 ? choose<0, 0>(condition, a, b, y, columns)
                       : choose<0, 1>(condition, a, b, y, columns);
    } else {
      of_b.column == 0 ? choose<1, 0>(condition, a, b, y, columns)
                       : choose<1, 1>(condition, a, b, y, columns);
    }
    condition += of_condition.row, a += of_a.row, b += of_b.row, y += columns;
  }
}

template <class T>
void accumulate(const T* __restrict x, T* __restrict y, Index n) {
  for (Index i = 0; i < n; ++i) y[i] += x[i];
}

// In the order of BinaryOp.
template <class T>
constexpr Elementwise<T> table{
    {binary<add<T>, T>, binary<sub<T>, T>, binary<mul<T>, T>, binary<div<T>, T>,
     binary<maximum<T>, T>, binary<minimum<T>, T>, binary<squared_difference<T>, T>,
     binary<static_cast<T (*)(T, T)>(pow), T>, binary<equal<T>, T>, binary<not_equal<T>, T>,
     binary<less<T>, T>, binary<less_equal<T>, T>, binary<greater<T>, T>,
     binary<greater_equal<T>, T>},
    where<T>,
    accumulate<T>};

}  // namespace
}  // namespace REEL_ISA

const ElementwiseTables& elementwise_tables(REEL_ISA::Set) {
  static constexpr ElementwiseTables tables{REEL_ISA::table<float>, REEL_ISA::table<double>};
  return tables;
}

}  // namespace reel::kernels
