// The loops of pooling_rows.h, compiled once for each instruction set (isa.h).
//
// Lanes are worked on by the vector; where there is one lane, neighbouring windows are. What is
// left at an end is done by a vector that overlaps the one before: results are written twice rather
// than number by number.
#include <reel/core/kernels/pooling/pooling_rows.h>
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

// a[0], a[2], ... of the 2 n - 1 numbers from `x` on.
template <class T, int n>
typename Pack<T, n>::Type evens(const T* x) {
  using P = Pack<T, n>;
  if constexpr (n == 1) return P::load(x);
  const typename P::Type a = P::load(x), b = P::load(x + n - 1);
  if constexpr (n == 2) return __builtin_shufflevector(a, b, 0, 3);
  if constexpr (n == 4) return __builtin_shufflevector(a, b, 0, 2, 5, 7);
  if constexpr (n == 8) return __builtin_shufflevector(a, b, 0, 2, 4, 6, 9, 11, 13, 15);
  if constexpr (n == 16)
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 17, 19, 21, 23, 25, 27, 29, 31);
}

// a[0], b[0], a[1], b[1], ... to `to`.
template <class T, int n>
void store_in_turns(T* to, typename Pack<T, n>::Type a, typename Pack<T, n>::Type b) {
  using P = Pack<T, n>;
  if constexpr (n == 1) {
    P::store(to, a);
    P::store(to + 1, b);
  } else if constexpr (n == 2) {
    P::store(to, __builtin_shufflevector(a, b, 0, 2));
    P::store(to + 2, __builtin_shufflevector(a, b, 1, 3));
  } else if constexpr (n == 4) {
    P::store(to, __builtin_shufflevector(a, b, 0, 4, 1, 5));
    P::store(to + 4, __builtin_shufflevector(a, b, 2, 6, 3, 7));
  } else if constexpr (n == 8) {
    P::store(to, __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11));
    P::store(to + 8, __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15));
  } else {
    P::store(to,
             __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
    P::store(to + 16, __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29,
                                              14, 30, 15, 31));
  }
}

// Calls body(Width<w>, begin) for blocks that cover [0, count), the last two of which may overlap.
// Each width is code of its own, and a body stands in it once: this file takes long to compile.
template <int w, class Body>
void for_blocks(Index count, const Body& body) {
  if constexpr (w == 1) {
    for (Index i = 0; i < count; ++i) body(Width<1>{}, i);
  } else {
    if (count < w) return for_blocks<w / 2>(count, body);
    const Index last = count - w;
    for (Index i = 0; i < count; i += w) body(Width<w>{}, i < last ? i : last);
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

// Calls body(i, number): each input of a window, and how many are before it, for blocks of packs P.
// Extents known when this is compiled (size x size; 0: given at run time) let the compiler unroll;
// nine inputs are worth that in whole vectors only.
template <int size, class P, class Body>
void for_window(const PoolRow& row, const Body& body) {
  constexpr int known = size > 2 && P::bytes < register_bytes ? 0 : size;
  const Index height = known ? known : row.height, width = known ? known : row.width;
  for (Index r = 0; r < height; ++r)
    for (Index s = 0; s < width; ++s) body(r * row.pitch + s * row.lanes, r * width + s);
}

// run(Width<size>) for the extents of these windows.
template <class Run>
void with_size(const PoolRow& row, const Run& run) {
  if (row.height == 2 && row.width == 2)
    run(Width<2>{});
  else if (row.height == 3 && row.width == 3)
    run(Width<3>{});
  else
    run(Width<0>{});
}

// run(Width<size>, Width<step>) for windows of one lane. Known are the steps that shuffles serve;
// each pair is code of its own.
template <class Run>
void with_size_and_step(const PoolRow& row, const Run& run) {
  if (row.step == 1) return with_size(row, [&](auto size) { run(size, Width<1>{}); });
  if (row.step == 2) return with_size(row, [&](auto size) { run(size, Width<2>{}); });
  run(Width<0>{}, Width<0>{});
}

// The inputs of a row that are in no window.
template <class T>
void clear_rest(const PoolRow& row, T* dx) {
  const Index covered = row.outputs * row.step;
  if (covered == row.pitch) return;
  for (Index r = 0; r < row.height; ++r)
    for (Index i = covered; i < row.pitch; ++i) dx[r * row.pitch + i] = 0;
}

template <int size, bool keep, class T>
void max_lanes(const PoolRow& row, const T* x, T* y, T* positions) {
  for_lanes<T>(row, [&](auto w, Index in, Index out) {
    using P = Pack<T, decltype(w)::value>;
    typename P::Type best = P::load(x + in), at = {};
    for_window<size, P>(row, [&](Index i, Index number) {
      const typename P::Type v = P::load(x + in + i);
      const auto stays = (best >= v) | (best != best);
      best = stays ? best : v;
      if constexpr (keep) at = stays ? at : typename P::Type{} + static_cast<T>(number);
    });
    P::store(y + out, best);
    if constexpr (keep) P::store(positions + out, at);
  });
}

template <int size, class T>
void scatter_lanes(const PoolRow& row, const T* dy, const T* positions, T* dx) {
  for_lanes<T>(row, [&](auto w, Index in, Index out) {
    using P = Pack<T, decltype(w)::value>;
    const typename P::Type gradient = P::load(dy + out), at = P::load(positions + out);
    for_window<size, P>(row, [&](Index i, Index number) {
      const auto here = at == static_cast<T>(number);
      P::store(dx + in + i, here ? gradient : typename P::Type{});
    });
  });
}

template <int size, class T>
void sum_lanes(const PoolRow& row, T divisor, const T* x, T* y) {
  for_lanes<T>(row, [&](auto w, Index in, Index out) {
    using P = Pack<T, decltype(w)::value>;
    typename P::Type sum = {};
    for_window<size, P>(row, [&](Index i, Index) { sum += P::load(x + in + i); });
    P::store(y + out, sum / divisor);
  });
}

template <int size, class T>
void spread_lanes(const PoolRow& row, T divisor, const T* dy, T* dx) {
  for_lanes<T>(row, [&](auto w, Index in, Index out) {
    using P = Pack<T, decltype(w)::value>;
    const typename P::Type share = P::load(dy + out) / divisor;
    for_window<size, P>(row, [&](Index i, Index) { P::store(dx + in + i, share); });
  });
}

// One lane: every step-th number, as many as a pack holds. Step 0 is given at run time.
template <class P, int fixed_step, class T>
typename P::Type every(const T* x, Index given_step) {
  constexpr int n = P::bytes / static_cast<int>(sizeof(T));
  if constexpr (fixed_step == 1) return P::load(x);
  if constexpr (fixed_step == 2) return evens<T, n>(x);
  T numbers[n];
  for (Index k = 0; k < n; ++k) numbers[k] = x[k * given_step];
  return P::load(numbers);
}

template <int n, int size, int step, bool keep, class T>
void max_block(const PoolRow& row, const T* x, T* y, T* positions) {
  using P = Pack<T, n>;
  typename P::Type best = every<P, step>(x, row.step), at = {};
  for_window<size, P>(row, [&](Index i, Index number) {
    const typename P::Type v = every<P, step>(x + i, row.step);
    const auto stays = (best >= v) | (best != best);
    best = stays ? best : v;
    if constexpr (keep) at = stays ? at : typename P::Type{} + static_cast<T>(number);
  });
  P::store(y, best);
  if constexpr (keep) P::store(positions, at);
}

template <int n, int size, int step, class T>
void sum_block(const PoolRow& row, T divisor, const T* x, T* y) {
  using P = Pack<T, n>;
  typename P::Type sum = {};
  for_window<size, P>(row, [&](Index i, Index) { sum += every<P, step>(x + i, row.step); });
  P::store(y, sum / divisor);
}

template <int size, int step, bool keep, class T>
void max_in_row(const PoolRow& row, const T* x, T* y, T* positions) {
  for_blocks<Vector<T>::width>(row.outputs, [&](auto w, Index q) {
    max_block<decltype(w)::value, size, step, keep>(row, x + q * row.step, y + q,
                                                    keep ? positions + q : nullptr);
  });
}

template <int size, int step, class T>
void sum_in_row(const PoolRow& row, T divisor, const T* x, T* y) {
  for_blocks<Vector<T>::width>(row.outputs, [&](auto w, Index q) {
    sum_block<decltype(w)::value, size, step>(row, divisor, x + q * row.step, y + q);
  });
}

// One lane and windows of 2 x 2: `a` and `b` are the two rows of inputs.
template <int n, class T>
void scatter_pairs(const T* dy, const T* positions, T* a, T* b) {
  using P = Pack<T, n>;
  const typename P::Type gradient = P::load(dy), at = P::load(positions), zero = {};
  const auto share = [&](T here) { return at == here ? gradient : zero; };
  store_in_turns<T, n>(a, share(0), share(1));
  store_in_turns<T, n>(b, share(2), share(3));
}

template <int n, class T>
void spread_pairs(const T* dy, T divisor, T* a, T* b) {
  using P = Pack<T, n>;
  const typename P::Type share = P::load(dy) / divisor;
  store_in_turns<T, n>(a, share, share);
  store_in_turns<T, n>(b, share, share);
}

template <bool keep, class T>
void max_keeping(const PoolRow& row, const T* x, T* y, T* positions) {
  const auto run = [&](auto size, auto step) {
    max_in_row<decltype(size)::value, decltype(step)::value, keep>(row, x, y, positions);
  };
  if (row.lanes == 1) return with_size_and_step(row, run);
  with_size(row, [&](auto size) { max_lanes<decltype(size)::value, keep>(row, x, y, positions); });
}

template <class T>
void max(const PoolRow& row, const T* x, T* y, T* positions) {
  positions ? max_keeping<true>(row, x, y, positions) : max_keeping<false>(row, x, y, positions);
}

template <class T>
void sum(const PoolRow& row, T divisor, const T* x, T* y) {
  const auto run = [&](auto size, auto step) {
    sum_in_row<decltype(size)::value, decltype(step)::value>(row, divisor, x, y);
  };
  if (row.lanes == 1) return with_size_and_step(row, run);
  with_size(row, [&](auto size) { sum_lanes<decltype(size)::value>(row, divisor, x, y); });
}

template <class T>
void scatter(const PoolRow& row, const T* dy, const T* positions, T* dx) {
  clear_rest(row, dx);
  if (row.lanes > 1)
    return with_size(
        row, [&](auto size) { scatter_lanes<decltype(size)::value>(row, dy, positions, dx); });
  for_blocks<Vector<T>::width>(row.outputs, [&](auto w, Index q) {
    T* a = dx + 2 * q;
    scatter_pairs<decltype(w)::value>(dy + q, positions + q, a, a + row.pitch);
  });
}

template <class T>
void spread(const PoolRow& row, T divisor, const T* dy, T* dx) {
  clear_rest(row, dx);
  if (row.lanes > 1)
    return with_size(row,
                     [&](auto size) { spread_lanes<decltype(size)::value>(row, divisor, dy, dx); });
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
