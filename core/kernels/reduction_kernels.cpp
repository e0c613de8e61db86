// The loops of reduction.h, compiled once for each instruction set (isa.h).
#include <reel/core/kernels/reduction.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

constexpr Index wide = 64;  // numbers in a wide row: four vectors of the largest set

// clang-format off
template <class T> T sum(T a, T b) { return a + b; }
template <class T> T product(T a, T b) { return a * b; }
template <class T> T maximum(T a, T b) { return a >= b || a != a ? a : b; }
template <class T> T minimum(T a, T b) { return a <= b || a != a ? a : b; }
// clang-format on

// A strip of `width` columns, known at compile time so that it stays in registers.
template <auto f, Index width, class T>
void strip(const T* x, Index rows, Index stride, T* __restrict y) {
  T folded[width];
  for (Index c = 0; c < width; ++c) folded[c] = x[c];
  for (Index r = 1; r < rows; ++r) {
    x += stride;
    for (Index c = 0; c < width; ++c) folded[c] = f(folded[c], x[c]);
  }
  for (Index c = 0; c < width; ++c) y[c] = folded[c];
}

template <auto f, class T>
void strips(const T* x, Index rows, Index stride, Index width, T* __restrict y) {
  Index c = 0;
  for (; c + 64 <= width; c += 64) strip<f, 64>(x + c, rows, stride, y + c);
  for (; c + 16 <= width; c += 16) strip<f, 16>(x + c, rows, stride, y + c);
  for (; c + 4 <= width; c += 4) strip<f, 4>(x + c, rows, stride, y + c);
  for (; c < width; ++c) strip<f, 1>(x + c, rows, stride, y + c);
}

// Contiguous rows that are short: `group` of them at a time make one wide row.
template <auto f, class T>
void short_rows(const T* x, Index rows, Index width, Index group, T* __restrict y) {
  T folded[wide];
  const Index groups = rows / group;
  strips<f>(x, groups, group * width, group * width, folded);
  const T* rest = x + groups * group * width;
  const Index rest_size = (rows - groups * group) * width;
  for (Index c = 0; c < rest_size; ++c) folded[c] = f(folded[c], rest[c]);
  for (; group > 1; group /= 2) {
    const Index half = group / 2 * width;
    for (Index c = 0; c < half; ++c) folded[c] = f(folded[c], folded[half + c]);
  }
  for (Index c = 0; c < width; ++c) y[c] = folded[c];
}

template <auto f, class T>
void fold_rows(const T* x, Index outer, Index rows, Index stride, Index width, T* __restrict y) {
  Index group = 1;  // a power of two
  if (stride == width)
    while (group * 2 * width <= wide && group * 2 <= rows) group *= 2;
  for (Index o = 0; o < outer; ++o, x += rows * stride, y += width) {
    if (group > 1)
      short_rows<f>(x, rows, width, group, y);
    else
      strips<f>(x, rows, stride, width, y);
  }
}

// In the order of Fold.
template <class T>
constexpr Reduction<T> table{{fold_rows<sum<T>, T>, fold_rows<product<T>, T>,
                              fold_rows<maximum<T>, T>, fold_rows<minimum<T>, T>}};

}  // namespace
}  // namespace REEL_ISA

const ReductionTables& reduction_tables(REEL_ISA::Set) {
  static constexpr ReductionTables tables{REEL_ISA::table<float>, REEL_ISA::table<double>};
  return tables;
}

}  // namespace reel::kernels
