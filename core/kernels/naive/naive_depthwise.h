// The depthwise convolution as its definition says: each channel alone, with M filters of its own.
//
//   y[n, p, q, c M + m] = sum over taps (r, s) of x[n, h, w, c] w[r, s, c, m]
//
// where window.h ties h and w to p, q, r and s. As in the dense convolution the gradients are other
// sums over the same products; only the channel that a product goes to differs. Sums are in T, in
// the order of the loops. The functions take what the fast ones take: depthwise.h.
// Read before: naive_convolution.h. Read next: naive_depthwise.cpp, and, the fast way,
// depthwise.h.
#pragma once

#include <reel/core/kernels/convolution/window.h>

namespace reel::kernels::naive {

/// y (C * M channels) from x (C channels) and w (R, S, C, M).
template <class T>
void depthwise(const Window& window, Index channels, Index multiplier, const T* x, const T* w,
               T* y);

/// dx from w and dy.
template <class T>
void depthwise_input_gradient(const Window& window, Index channels, Index multiplier, const T* w,
                              const T* dy, T* dx);

/// dw from x and dy.
template <class T>
void depthwise_filter_gradient(const Window& window, Index channels, Index multiplier, const T* x,
                               const T* dy, T* dw);

}  // namespace reel::kernels::naive
