// Softmax and its kin along any axis.
//
// A tensor is seen as (outer, n, inner) around the class axis. Rows are independent and cut into
// tiles of a fixed number of elements; where they are not contiguous, a tile's are copied together
// and back. Sums run in the element type over n terms that are at most 1. Read before:
// softmax_rows.h. Read next: softmax.cpp, cross_entropy.h.
#pragma once

#include <algorithm>

#include <reel/core/kernels/softmax/softmax_rows.h>
#include <reel/core/runtime/parallel.h>
#include <reel/core/runtime/scratch.h>
#include <reel/core/shape.h>

namespace reel::kernels {

inline constexpr Index exps_per_tile = 4096;  // some microseconds

/// Calls `body(first, count)` for tiles of `rows` rows of n numbers.
template <class Body>
void for_row_tiles(Index rows, Index n, const Body& body) {
  parallel_ranges(rows, exps_per_tile / n,
                  [&](Index begin, Index end) { body(begin, end - begin); });
}

/// body(at, row, run) for runs of rows that are neighbours: their i-th numbers lie side by side,
/// from `at` + i * inner on. `row` counts from `first`.
template <class Body>
void for_neighbours(const AroundAxis& view, Index first, Index count, const Body& body) {
  for (Index row = 0; row < count;) {
    const Index o = (first + row) / view.inner, place = (first + row) % view.inner;
    const Index run = std::min(count - row, view.inner - place);
    body(o * view.n * view.inner + place, row, run);
    row += run;
  }
}

/// Rows that are not contiguous, to contiguous ones and back.
template <class T>
void copy_rows_in(const AroundAxis& view, const T* from, Index first, Index count, T* to) {
  for_neighbours(view, first, count, [&](Index at, Index row, Index run) {
    for (Index i = 0; i < view.n; ++i)
      for (Index r = 0; r < run; ++r) to[(row + r) * view.n + i] = from[at + i * view.inner + r];
  });
}
template <class T>
void copy_rows_out(const AroundAxis& view, const T* from, Index first, Index count, T* to) {
  for_neighbours(view, first, count, [&](Index at, Index row, Index run) {
    for (Index i = 0; i < view.n; ++i)
      for (Index r = 0; r < run; ++r) to[at + i * view.inner + r] = from[(row + r) * view.n + i];
  });
}

/// run(rows of x, rows of y, count, n), a tile of rows at a time.
template <class T, class Run>
void on_rows(const AroundAxis& view, const T* x, T* y, const Run& run) {
  const Index n = view.n;
  for_row_tiles(view.outer * view.inner, n, [&](Index first, Index count) {
    if (view.inner == 1) return run(x + first * n, y + first * n, count, n);
    Scratch<T> in(count * n), out(count * n);
    copy_rows_in(view, x, first, count, in.data());
    run(in.data(), out.data(), count, n);
    copy_rows_out(view, out.data(), first, count, y);
  });
}

/// run(rows of a, rows of b, rows of y, count, n), likewise.
template <class T, class Run>
void on_rows(const AroundAxis& view, const T* a, const T* b, T* y, const Run& run) {
  const Index n = view.n;
  for_row_tiles(view.outer * view.inner, n, [&](Index first, Index count) {
    if (view.inner == 1) return run(a + first * n, b + first * n, y + first * n, count, n);
    Scratch<T> in_a(count * n), in_b(count * n), out(count * n);
    copy_rows_in(view, a, first, count, in_a.data());
    copy_rows_in(view, b, first, count, in_b.data());
    run(in_a.data(), in_b.data(), out.data(), count, n);
    copy_rows_out(view, out.data(), first, count, y);
  });
}

}  // namespace reel::kernels
