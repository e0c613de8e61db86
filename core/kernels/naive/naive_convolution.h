// The dense convolution as its definition says: seven loops, of which all three ops are sums.
//
//   y[n, p, q, f] = sum over taps (r, s) and channels c of x[n, h, w, g D + c] w[r, s, c, f]
//
// where window.h ties h and w to p, q, r and s. In G groups, filter f belongs to group
// g = f / (F / G), which sees D = C / G channels; else g = 0 and D = C. Each product x w is part of
// one y. <dy, y> is thus a sum of triples x w dy, and the gradient in each factor adds up the
// products of the other two, over the same walk. Sums are in T, in the order of the loops.
// Read before: window.h. Read next: naive_convolution.cpp, and, the fast way,
// dense_convolution.h.
#pragma once

#include <reel/core/kernels/convolution/window.h>

namespace reel::kernels::naive {

/// y (F channels) from x (C channels) and w (R, S, C / groups, F).
template <class T>
void convolution(const Window& window, Index channels, Index filters, const T* x, const T* w, T* y,
                 Index groups = 1);

/// dx from w and dy.
template <class T>
void convolution_input_gradient(const Window& window, Index channels, Index filters, const T* w,
                                const T* dy, T* dx, Index groups = 1);

/// dw from x and dy.
template <class T>
void convolution_filter_gradient(const Window& window, Index channels, Index filters, const T* x,
                                 const T* dy, T* dw, Index groups = 1);

}  // namespace reel::kernels::naive
