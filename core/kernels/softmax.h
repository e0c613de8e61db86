// Softmax and its kin on rows: stable, since the largest element is taken off before exp.
//
// A tensor is seen as (outer, n, inner) around the class axis. Rows are independent and cut into
// tiles of a fixed number of elements. Sums run in the element type over n terms that are at
// most 1. Read next: core/ops/softmax.cpp, core/ops/cross_entropy.cpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <reel/core/parallel.h>

namespace reel::kernels {

/// What lies before, on and after the class axis.
struct AxisView {
  Index outer, n, inner;
};

inline constexpr Index exps_per_tile = 4096;  // some ten microseconds

/// Calls `body(offset)` for the first element of each row along the axis, in tiles.
template <class Body>
void for_each_row(const AxisView& view, Body body) {
  parallel_ranges(view.outer * view.inner, exps_per_tile / view.n, [&](Index begin, Index end) {
    for (Index row = begin; row < end; ++row)
      body(row / view.inner * view.n * view.inner + row % view.inner);
  });
}

template <class T>
T max_of(const T* x, Index n, Index step) {
  T largest = x[0];
  for (Index i = 1; i < n; ++i) largest = std::max(largest, x[i * step]);
  return largest;
}

/// y = exp(x - max) / sum of them.
template <class T>
void softmax(const AxisView& view, const T* x, T* y) {
  for_each_row(view, [&](Index offset) {
    const T* in = x + offset;
    T* out = y + offset;
    const T largest = max_of(in, view.n, view.inner);
    T total = 0;
    for (Index i = 0; i < view.n; ++i)
      total += out[i * view.inner] = std::exp(in[i * view.inner] - largest);
    const T scale = 1 / total;
    for (Index i = 0; i < view.n; ++i) out[i * view.inner] *= scale;
  });
}

/// y = x - max - log of the sum of exp(x - max).
template <class T>
void log_softmax(const AxisView& view, const T* x, T* y) {
  for_each_row(view, [&](Index offset) {
    const T* in = x + offset;
    T* out = y + offset;
    const T largest = max_of(in, view.n, view.inner);
    T total = 0;
    for (Index i = 0; i < view.n; ++i) total += std::exp(in[i * view.inner] - largest);
    const T log_total = std::log(total);
    for (Index i = 0; i < view.n; ++i)
      out[i * view.inner] = in[i * view.inner] - largest - log_total;
  });
}

/// dx = y (dy - sum(dy y)).
template <class T>
void softmax_gradient(const AxisView& view, const T* y, const T* dy, T* dx) {
  for_each_row(view, [&](Index offset) {
    T total = 0;
    for (Index i = 0; i < view.n; ++i)
      total += y[offset + i * view.inner] * dy[offset + i * view.inner];
    for (Index i = 0; i < view.n; ++i)
      dx[offset + i * view.inner] =
          y[offset + i * view.inner] * (dy[offset + i * view.inner] - total);
  });
}

/// dx = dy - exp(y) sum(dy), for y = log_softmax(x).
template <class T>
void log_softmax_gradient(const AxisView& view, const T* y, const T* dy, T* dx) {
  for_each_row(view, [&](Index offset) {
    T total = 0;
    for (Index i = 0; i < view.n; ++i) total += dy[offset + i * view.inner];
    for (Index i = 0; i < view.n; ++i)
      dx[offset + i * view.inner] =
          dy[offset + i * view.inner] - std::exp(y[offset + i * view.inner]) * total;
  });
}

}  // namespace reel::kernels
