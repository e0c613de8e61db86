// The loops of reduction_loops.h, compiled once for each instruction set (isa.h).
#include <reel/core/kernels/reduction/reduction_loops.h>
#include <reel/core/kernels/vectors.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

constexpr Index wide = 64;  // numbers in a wide row: four vectors of the largest set

// clang-format off
// Of numbers or of vectors of them.
struct Sum { template <class T> T operator()(T a, T b) const { return a + b; } };
struct Product { template <class T> T operator()(T a, T b) const { return a * b; } };
struct Maximum {
  template <class T> T operator()(T a, T b) const { return ((a >= b) | (a != a)) ? a : b; }
};
struct Minimum {
  template <class T> T operator()(T a, T b) const { return ((a <= b) | (a != a)) ? a : b; }
};
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

// f of the two halves of a vector, until one number is left.
template <auto f, class V>
auto halves(V v) {
  constexpr int n = sizeof(v) / sizeof(v[0]);
  if constexpr (n == 16) {
    return halves<f>(f(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7),
                       __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15)));
  } else if constexpr (n == 8) {
    return halves<f>(
        f(__builtin_shufflevector(v, v, 0, 1, 2, 3), __builtin_shufflevector(v, v, 4, 5, 6, 7)));
  } else if constexpr (n == 4) {
    return halves<f>(f(__builtin_shufflevector(v, v, 0, 1), __builtin_shufflevector(v, v, 2, 3)));
  } else {
    return f(v[0], v[1]);
  }
}

// `rows` numbers in a row, at least `wide` of them: as short_rows does it, in registers.
template <auto f, class T>
T one_row(const T* x, Index rows) {
  using V = Vector<T>;
  constexpr Index count = wide / V::width;
  typename V::Type folded[count];
  for (Index c = 0; c < count; ++c) folded[c] = V::load(x + c * V::width);
  Index i = wide;
  for (; i + wide <= rows; i += wide)
    for (Index c = 0; c < count; ++c) folded[c] = f(folded[c], V::load(x + i + c * V::width));
  if (i < rows) {
    T numbers[wide];
    for (Index c = 0; c < count; ++c) V::store(numbers + c * V::width, folded[c]);
    for (Index c = 0; i + c < rows; ++c) numbers[c] = f(numbers[c], x[i + c]);
    for (Index c = 0; c < count; ++c) folded[c] = V::load(numbers + c * V::width);
  }
  for (Index half = count / 2; half > 0; half /= 2)
    for (Index c = 0; c < half; ++c) folded[c] = f(folded[c], folded[half + c]);
  return halves<f>(folded[0]);
}

template <auto f, class T>
void fold_rows(const T* x, Index outer, Index rows, Index stride, Index width, T* __restrict y) {
  Index group = 1;  // a power of two
  if (stride == width)
    while (group * 2 * width <= wide && group * 2 <= rows) group *= 2;
  for (Index o = 0; o < outer; ++o, x += rows * stride, y += width) {
    if (group == wide)
      *y = one_row<f>(x, rows);
    else if (group > 1)
      short_rows<f>(x, rows, width, group, y);
    else
      strips<f>(x, rows, stride, width, y);
  }
}

// In the order of Fold.
template <class T>
constexpr Reduction<T> table{{fold_rows<Sum{}, T>, fold_rows<Product{}, T>, fold_rows<Maximum{}, T>,
                              fold_rows<Minimum{}, T>}};

}  // namespace
}  // namespace REEL_ISA

const ReductionTables& reduction_tables(REEL_ISA::Set) {
  static constexpr ReductionTables tables{REEL_ISA::table<float>, REEL_ISA::table<double>};
  return tables;
}

}  // namespace reel::kernels
