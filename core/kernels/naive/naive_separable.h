// The separable convolution as its definition says, position by position.
//
//   z[c M + m] = sum over taps (r, s) of x[n, h, w, c] d[r, s, c, m]       depthwise
//   y[n, p, q, f] = relu(b[f] + sum over k of z[k] w[k, f])                pointwise
//
// where window.h ties h and w to p, q, r and s. Everything that fast kernels do is here but their
// speed: z, the depthwise result of a position, is never stored, and the way back makes it again.
// Sums are in T, in the order of the loops. Read before: window.h. Read next:
// naive_separable.cpp, and, the fast way through the same sums, lowering.h.
#pragma once

#include <reel/core/kernels/convolution/window.h>

namespace reel::kernels::naive {

/// A call: the extents, and the arguments in memory.
template <class T>
struct Separable {
  Window window;
  Index channels = 0, multiplier = 0, filters = 0;  // C, M, F
  const T* x = nullptr;
  const T* d = nullptr;  // (R, S, C, M)
  const T* w = nullptr;  // (C M, F)
  const T* b = nullptr;  // (F,), or none
  bool relu = false;
};

/// Where the gradients go; null for one that is not wanted.
template <class T>
struct SeparableGradients {
  T *x = nullptr, *d = nullptr, *w = nullptr, *b = nullptr;
};

template <class T>
void separable(const Separable<T>& s, T* y);

/// From dy, and from y if relu was applied to it.
template <class T>
void separable_gradients(const Separable<T>& s, const T* y, const T* dy,
                         const SeparableGradients<T>& to);

}  // namespace reel::kernels::naive
