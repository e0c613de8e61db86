// The loops of pooling_rows.h, compiled once for each instruction set (isa.h).
//
// Lanes are worked on by the vector; where there is one lane, neighbouring windows are. What is
// left at an end is done by a vector that overlaps the one before: results are written twice rather
// than number by number.
#include <reel/core/kernels/pooling_rows.h>
#include <reel/core/kernels/vectors.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

template <class T, int n>
struct Pack {
  static constexpr int bytes = n * static_cast<int>(sizeof(T));
  typedef T Type __attribute__((vector_size(bytes)));
  typedef T Unaligned __attribute__((vector_size(bytes), aligned(sizeof(T))));

  static Type load(const T* from) { return *reinterpret_cast<const Unaligned*>(from); }
  static void store(T* to, Type v) { *reinterpret_cast<Unaligned*>(to) = v; }
};

template <int n>
struct Width {
  static constexpr int value = n;
};

// Calls body(Width<w>, begin) for blocks that cover [0, count), the last two of which may overlap.
template <int w, class Body>
void for_blocks(Index count, const Body& body) {
  if constexpr (w > 1) {
    if (count < w) return for_blocks<w / 2>(count, body);
    Index i = 0;
    for (; i + w <= count; i += w) body(Width<w>{}, i);
    if (i < count) body(Width<w>{}, count - w);
  } else {
    for (Index i = 0; i < count; ++i) body(Width<1>{}, i);
  }
}

// Calls body(Width<w>, x, y) for blocks of the lanes of each window: where the window's first input
// and its output are.
template <class T, class Body>
void for_lanes(const PoolRow& row, const Body& body) {
  for (Index q = 0; q < row.outputs; ++q)
    for_blocks<Vector<T>::width>(
        row.lanes, [&](auto w, Index l) { body(w, q * row.step + l, q * row.lanes + l); });
}

// Calls body(i, number): each input of a window, and how many are before it.
template <class Body>
void for_window(const PoolRow& row, const Body& body) {
  Index number = 0;
  for (Index r = 0; r < row.height; ++r)
    for (Index s = 0; s < row.width; ++s) body(r * row.pitch + s * row.lanes, number++);
}

// The inputs of a row that are in no window.
template <class T>
void clear_rest(const PoolRow& row, T* dx) {
  const Index covered = row.outputs * row.step;
  if (covered == row.pitch) return;
  for (Index r = 0; r < row.height; ++r)
    for (Index i = covered; i < row.pitch; ++i) dx[r * row.pitch + i] = 0;
}

template <class T>
void max_lanes(const PoolRow& row, const T* x, T* y, T* positions) {
  for_lanes<T>(row, [&](auto w, Index in, Index out) {
    using P = Pack<T, decltype(w)::value>;
    typename P::Type best = P::load(x + in), at = {};
    for_window(row, [&](Index i, Index number) {
      const typename P::Type v = P::load(x + in + i);
      const auto take = (v > best) | (v != v);
      best = take ? v : best;
      at = take ? typename P::Type{} + static_cast<T>(number) : at;
    });
    P::store(y + out, best);
    if (positions) P::store(positions + out, at);
  });
}

template <class T>
void scatter_lanes(const PoolRow& row, const T* dy, const T* positions, T* dx) {
  for_lanes<T>(row, [&](auto w, Index in, Index out) {
    using P = Pack<T, decltype(w)::value>;
    const typename P::Type gradient = P::load(dy + out), at = P::load(positions + out);
    for_window(row, [&](Index i, Index number) {
      const auto here = at == static_cast<T>(number);
      P::store(dx + in + i, here ? gradient : typename P::Type{});
    });
  });
}

template <class T>
void sum_lanes(const PoolRow& row, T divisor, const T* x, T* y) {
  for_lanes<T>(row, [&](auto w, Index in, Index out) {
    using P = Pack<T, decltype(w)::value>;
    typename P::Type sum = {};
    for_window(row, [&](Index i, Index) { sum += P::load(x + in + i); });
    P::store(y + out, sum / divisor);
  });
}

template <class T>
void spread_lanes(const PoolRow& row, T divisor, const T* dy, T* dx) {
  for_lanes<T>(row, [&](auto w, Index in, Index out) {
    using P = Pack<T, decltype(w)::value>;
    const typename P::Type share = P::load(dy + out) / divisor;
    for_window(row, [&](Index i, Index) { P::store(dx + in + i, share); });
  });
}

// One lane: n neighbouring windows at a time, in loops of a fixed length. A step known when this is
// compiled lets the compiler vectorise; 0 stands for the one given at run time.
template <int n, int fixed_step, class T>
void max_block(const PoolRow& row, const T* __restrict x, T* __restrict y,
               T* __restrict positions) {
  const Index step = fixed_step ? fixed_step : row.step;
  T best[n], at[n];
  for (Index k = 0; k < n; ++k) best[k] = x[k * step], at[k] = 0;
  for_window(row, [&](Index i, Index number) {
    for (Index k = 0; k < n; ++k) {
      const T v = x[k * step + i];
      const bool take = v > best[k] || v != v;
      best[k] = take ? v : best[k];
      at[k] = take ? static_cast<T>(number) : at[k];
    }
  });
  for (Index k = 0; k < n; ++k) y[k] = best[k];
  if (positions)
    for (Index k = 0; k < n; ++k) positions[k] = at[k];
}

template <int n, int fixed_step, class T>
void sum_block(const PoolRow& row, T divisor, const T* __restrict x, T* __restrict y) {
  const Index step = fixed_step ? fixed_step : row.step;
  T sums[n];
  for (Index k = 0; k < n; ++k) sums[k] = 0;
  for_window(row, [&](Index i, Index) {
    for (Index k = 0; k < n; ++k) sums[k] += x[k * step + i];
  });
  for (Index k = 0; k < n; ++k) y[k] = sums[k] / divisor;
}

template <int step, class T>
void max_in_row(const PoolRow& row, const T* x, T* y, T* positions) {
  for_blocks<Vector<T>::width>(row.outputs, [&](auto w, Index q) {
    max_block<decltype(w)::value, step>(row, x + q * row.step, y + q,
                                        positions ? positions + q : nullptr);
  });
}

template <int step, class T>
void sum_in_row(const PoolRow& row, T divisor, const T* x, T* y) {
  for_blocks<Vector<T>::width>(row.outputs, [&](auto w, Index q) {
    sum_block<decltype(w)::value, step>(row, divisor, x + q * row.step, y + q);
  });
}

// One lane and windows of 2 x 2: `a` and `b` are the two rows of inputs.
template <int n, class T>
void scatter_pairs(const T* __restrict dy, const T* __restrict positions, T* __restrict a,
                   T* __restrict b) {
  for (Index k = 0; k < n; ++k) {
    const T gradient = dy[k], at = positions[k];
    a[2 * k] = at == 0 ? gradient : T(0);
    a[2 * k + 1] = at == 1 ? gradient : T(0);
    b[2 * k] = at == 2 ? gradient : T(0);
    b[2 * k + 1] = at == 3 ? gradient : T(0);
  }
}

template <int n, class T>
void spread_pairs(const T* __restrict dy, T divisor, T* __restrict a, T* __restrict b) {
  for (Index k = 0; k < n; ++k) {
    const T share = dy[k] / divisor;
    a[2 * k] = a[2 * k + 1] = b[2 * k] = b[2 * k + 1] = share;
  }
}

template <class T>
void max(const PoolRow& row, const T* x, T* y, T* positions) {
  if (row.lanes > 1) return max_lanes(row, x, y, positions);
  const auto run = row.step == 1   ? max_in_row<1, T>
                   : row.step == 2 ? max_in_row<2, T>
                                   : max_in_row<0, T>;
  run(row, x, y, positions);
}

template <class T>
void sum(const PoolRow& row, T divisor, const T* x, T* y) {
  if (row.lanes > 1) return sum_lanes(row, divisor, x, y);
  const auto run = row.step == 1   ? sum_in_row<1, T>
                   : row.step == 2 ? sum_in_row<2, T>
                                   : sum_in_row<0, T>;
  run(row, divisor, x, y);
}

template <class T>
void scatter(const PoolRow& row, const T* dy, const T* positions, T* dx) {
  clear_rest(row, dx);
  if (row.lanes > 1) return scatter_lanes(row, dy, positions, dx);
  for_blocks<Vector<T>::width>(row.outputs, [&](auto w, Index q) {
    T* a = dx + 2 * q;
    scatter_pairs<decltype(w)::value>(dy + q, positions + q, a, a + row.pitch);
  });
}

template <class T>
void spread(const PoolRow& row, T divisor, const T* dy, T* dx) {
  clear_rest(row, dx);
  if (row.lanes > 1) return spread_lanes(row, divisor, dy, dx);
  for_blocks<Vector<T>::width>(row.outputs, [&](auto w, Index q) {
    T* a = dx + 2 * q;
    spread_pairs<decltype(w)::value>(dy + q, divisor, a, a + row.pitch);
  });
}

template <class T>
constexpr PoolRows<T> table{max<T>, sum<T>, scatter<T>, spread<T>};

}  // namespace
}  // namespace REEL_ISA

const PoolRowTables& pool_row_tables(REEL_ISA::Set) {
  static constexpr PoolRowTables tables{REEL_ISA::table<float>, REEL_ISA::table<double>};
  return tables;
}

}  // namespace reel::kernels
