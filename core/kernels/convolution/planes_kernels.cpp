// The loops of planes.h, compiled once for each instruction set (isa.h).
//
// Both take B rows at a time, a vector of columns wide. Rows share sources where the step from a
// result to the next is one or two steps of the taps (A): there a vector is loaded once for all
// rows of taps that see it, for which their number R must be known at compile time; R = 0 is the
// loop for all other windows. A dilated kernel's taps skip rows: results as far apart as they are
// taken together, and those between them apart.
#include <reel/core/kernels/convolution/planes.h>
#include <reel/core/kernels/vectors.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

template <class T>
typename Vector<T>::Type in_all(T value) {
  return value - typename Vector<T>::Type{};
}

// v's first `count` numbers, one power of two after the other: no call, no loop.
template <class T>
void store_some(T* to, typename Vector<T>::Type v, Index count) {
  T numbers[Vector<T>::width];
  Vector<T>::store(numbers, v);
  const T* from = numbers;
#pragma GCC unroll 4
  for (Index size = Vector<T>::width / 2; size > 0; size /= 2) {
    if ((count & size) == 0) continue;
    __builtin_memcpy(to, from, static_cast<std::size_t>(size) * sizeof(T));
    to += size, from += size;
  }
}

// Zeros behind the first `count` numbers.
template <class T>
typename Vector<T>::Type keep(typename Vector<T>::Type v, Index count) {
  T numbers[Vector<T>::width];
  for (Index i = 0; i < Vector<T>::width; ++i) numbers[i] = static_cast<T>(i);
  return Vector<T>::load(numbers) < in_all(static_cast<T>(count)) ? v : typename Vector<T>::Type{};
}

template <class V, int... I>
V even(V a, V b, Numbers<I...>) {
  return __builtin_shufflevector(a, b, 2 * I...);
}

// Half of v's numbers, each with a zero behind it.
template <int half, class V, int... I>
V spread(V v, Numbers<I...>) {
  constexpr int width = sizeof...(I);
  return __builtin_shufflevector(v, V{}, (I % 2 == 0 ? (half * width + I) / 2 : width)...);
}

template <int take, class T>
typename Vector<T>::Type load_every(const T* from) {
  using V = Vector<T>;
  if constexpr (take == 1)
    return V::load(from);
  else
    return even(V::load(from), V::load(from + V::width), typename Count<V::width>::type{});
}

template <int by, class V, int... I>
V rotated(V v, Numbers<I...>) {
  return __builtin_shufflevector(v, v, ((I + by) % static_cast<int>(sizeof...(I)))...);
}

template <class T, int by = Vector<T>::width / 2>
T sum_of(typename Vector<T>::Type v) {
  if constexpr (by == 0)
    return v[0];
  else
    return sum_of<T, by / 2>(v + rotated<by>(v, typename Count<Vector<T>::width>::type{}));
}

template <int put, class T>
void store_every(T* to, typename Vector<T>::Type v) {
  using V = Vector<T>;
  if constexpr (put == 1) {
    V::store(to, v);
  } else {
    V::store(to, spread<0>(v, typename Count<V::width>::type{}));
    V::store(to + V::width, spread<1>(v, typename Count<V::width>::type{}));
  }
}

template <int take, int put, class T>
void copy_run(const T* from, const T* end, Index count, Index ahead, T* to) {
  using V = Vector<T>;
  for (; count > 0; count -= V::width, from += take * V::width, to += put * V::width) {
#pragma GCC unroll 2
    for (int i = 0; i < take; ++i) __builtin_prefetch(from + ahead + i * V::width);
    if (end - from < take * V::width) {
      for (Index i = 0; i < count; ++i) to[i * put] = from[i * take];
      return;
    }
    const auto v = load_every<take>(from);
    store_every<put>(to, count < V::width ? keep<T>(v, count) : v);
  }
}

template <class T>
void copy(const PlaneCopy& copy, const T* from, const T* end, T* to) {
  for (Index i = 0; i < copy.rows; ++i, from += copy.from_row, to += copy.to_row)
    for (Index k = 0; k < copy.run_count; ++k) {
      const PlaneRun& run = copy.runs[k];
      const T* const source = from + run.from;
      T* const target = to + run.to;
      if (copy.put == 1 && copy.take == 1)
        copy_run<1, 1>(source, end, run.count, copy.ahead, target);
      else if (copy.put == 1 && copy.take == 2)
        copy_run<2, 1>(source, end, run.count, copy.ahead, target);
      else if (copy.put == 2 && copy.take == 1)
        copy_run<1, 2>(source, end, run.count, copy.ahead, target);
      else
        for (Index j = 0; j < run.count; ++j) target[j * copy.put] = source[j * copy.take];
    }
}

// B rows of results. Not inlined, nor is the next one: each needs all registers for itself.
template <int B, int R, int A, class T>
[[gnu::noinline]] void correlate_rows(const PlaneTaps& taps, const T* source, const T* w, T* out,
                                      Index out_row) {
  using V = Vector<T>;
  const Index columns = taps.columns, last = columns - V::width;
  for (Index j = 0; j < columns; j += V::width) {
    const Index at = j > last && last > 0 ? last : j;  // the last vector may overlap the one before
    typename V::Type sums[B] = {};
    for (Index s = 0; s < taps.tap_columns; ++s) {
      const T* from = source + taps.offsets[s] + at;
      const T* factor_of = w + s;
      if constexpr (R > 0) {
        typename V::Type factors[R > 0 ? R : 1];
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r)
          factors[r] = in_register(in_all(factor_of[r * taps.tap_columns]));
#pragma GCC unroll 32
        for (int i = 0; i < (B - 1) * A + R; ++i, from += taps.tap_row) {
          const auto value = in_register(V::load(from));
#pragma GCC unroll 8
          for (int r = 0; r < R; ++r)
            if (i >= r && (i - r) % A == 0 && (i - r) / A < B)
              sums[(i - r) / A] += factors[r] * value;
        }
      } else {
        for (Index r = 0; r < taps.tap_rows; ++r, from += taps.tap_row) {
          const auto factor = in_register(in_all(factor_of[r * taps.tap_columns]));
#pragma GCC unroll 8
          for (int b = 0; b < B; ++b) sums[b] += factor * V::load(from + b * taps.advance);
        }
      }
    }
    if (columns >= V::width) {
#pragma GCC unroll 8
      for (int b = 0; b < B; ++b) V::store(out + b * out_row + at, sums[b]);
    } else {
#pragma GCC unroll 8
      for (int b = 0; b < B; ++b) store_some<T>(out + b * out_row, sums[b], columns);
    }
  }
}

// What B rows of dy add to the sums, a vector a tap.
template <int B, int R, int A, class T>
[[gnu::noinline]] void accumulate_rows(const PlaneTaps& taps, const T* source, const T* dy,
                                       Index dy_row, T* sums) {
  using V = Vector<T>;
  for (Index j = 0; j < taps.columns; j += V::width) {
    typename V::Type factors[B];
#pragma GCC unroll 8
    for (int b = 0; b < B; ++b) factors[b] = in_register(V::load(dy + b * dy_row + j));
    if (taps.columns - j < V::width) {
#pragma GCC unroll 8
      for (int b = 0; b < B; ++b) factors[b] = keep<T>(factors[b], taps.columns - j);
    }
    T* to = sums;
    for (Index s = 0; s < taps.tap_columns; ++s, to += taps.tap_rows * V::width) {
      const T* from = source + taps.offsets[s] + j;
      if constexpr (R > 0) {
        typename V::Type of_tap[R > 0 ? R : 1];
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) of_tap[r] = V::load(to + r * V::width);
#pragma GCC unroll 32
        for (int i = 0; i < (B - 1) * A + R; ++i, from += taps.tap_row) {
          const auto value = in_register(V::load(from));
#pragma GCC unroll 8
          for (int r = 0; r < R; ++r)
            if (i >= r && (i - r) % A == 0 && (i - r) / A < B)
              of_tap[r] += factors[(i - r) / A] * value;
        }
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) V::store(to + r * V::width, of_tap[r]);
      } else {
        for (Index r = 0; r < taps.tap_rows; ++r, from += taps.tap_row) {
          auto sum = V::load(to + r * V::width);
#pragma GCC unroll 8
          for (int b = 0; b < B; ++b) sum += factors[b] * V::load(from + b * taps.advance);
          V::store(to + r * V::width, sum);
        }
      }
    }
  }
}

enum class Loop { correlate, accumulate };

// `positions` is out, or dy; `kernel` is w, or the sums.
template <Loop loop, int B, int R, int A, class T, class Kernel, class Positions>
void run_rows(const PlaneTaps& taps, const T* source, Kernel* kernel, Positions* positions,
              Index row) {
  if constexpr (loop == Loop::correlate)
    correlate_rows<B, R, A>(taps, source, kernel, positions, row);
  else
    accumulate_rows<B, R, A>(taps, source, positions, row, kernel);
}

template <Loop loop, int R, int A, class T, class Kernel, class Positions>
void run_taps(const PlaneTaps& taps, const T* source, Kernel* kernel, Positions* positions,
              Index row) {
  for (Index i = 0; i < taps.rows;) {
    const Index left = taps.rows - i, block = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
    const T* const from = source + i * taps.advance;
    Positions* const at = positions + i * row;
    if (block == 8)
      run_rows<loop, 8, R, A>(taps, from, kernel, at, row);
    else if (block == 4)
      run_rows<loop, 4, R, A>(taps, from, kernel, at, row);
    else if (block == 2)
      run_rows<loop, 2, R, A>(taps, from, kernel, at, row);
    else
      run_rows<loop, 1, R, A>(taps, from, kernel, at, row);
    i += block;
  }
}

template <Loop loop, class T, class Kernel, class Positions>
void run(const PlaneTaps& all, const T* source, Kernel* kernel, Positions* positions, Index row) {
  PlaneTaps taps = all;
  if (taps.tap_rows == 1) taps.tap_row = taps.advance;
  const Index groups = taps.tap_row % taps.advance == 0 ? taps.tap_row / taps.advance : 1;
  taps.advance *= groups;
  const bool sliding = taps.advance == taps.tap_row, by_two = taps.advance == 2 * taps.tap_row;
  for (Index first = 0; first < groups && first < all.rows; ++first) {
    taps.rows = (all.rows - first + groups - 1) / groups;
    const T* const from = source + first * all.advance;
    Positions* const at = positions + first * row;
    if (sliding && taps.tap_rows == 1)
      run_taps<loop, 1, 1>(taps, from, kernel, at, groups * row);
    else if (sliding && taps.tap_rows == 3)
      run_taps<loop, 3, 1>(taps, from, kernel, at, groups * row);
    else if (sliding && taps.tap_rows == 5)
      run_taps<loop, 5, 1>(taps, from, kernel, at, groups * row);
    else if (by_two && taps.tap_rows == 3)
      run_taps<loop, 3, 2>(taps, from, kernel, at, groups * row);
    else
      run_taps<loop, 0, 0>(taps, from, kernel, at, groups * row);
  }
}

template <class T>
void correlate(const PlaneTaps& taps, const T* source, const T* w, T* out, Index out_row) {
  run<Loop::correlate>(taps, source, w, out, out_row);
}

template <class T>
void accumulate(const PlaneTaps& taps, const T* source, const T* dy, Index dy_row, T* sums,
                T* gradient) {
  using V = Vector<T>;
  const Index count = taps.tap_rows * taps.tap_columns;
  for (Index i = 0; i < count; ++i) V::store(sums + i * V::width, typename V::Type{});
  run<Loop::accumulate>(taps, source, sums, dy, dy_row);
  for (Index s = 0; s < taps.tap_columns; ++s)
    for (Index r = 0; r < taps.tap_rows; ++r, sums += V::width)
      gradient[r * taps.tap_columns + s] += sum_of<T>(V::load(sums));
}

template <class T>
constexpr Planes<T> table{copy<T>, correlate<T>, accumulate<T>};

}  // namespace
}  // namespace REEL_ISA

const PlanesTables& planes_tables(REEL_ISA::Set) {
  static constexpr PlanesTables tables{REEL_ISA::table<float>, REEL_ISA::table<double>};
  return tables;
}

}  // namespace reel::kernels
