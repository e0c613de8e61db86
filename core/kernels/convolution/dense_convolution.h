// The door to dense convolution: its three passes, each by the kernel that suits the shape.
//
// Read before: naive_convolution.h. Read next: dense_choice.h, direct.h, winograd.h, im2col.h.
#pragma once

#include <reel/core/kernels/convolution/lowering.h>

namespace reel::kernels {

/// y = finish(conv(x, w)), w (R, S, channels, y.channels).
template <class T>
void dense_forward(const Window& window, Index channels, const T* x, const T* w,
                   const Finish<T>& finish, const Images<T>& y);

/// dx from dy, where relu_y, if it is not null, is above 0.
template <class T>
void dense_input_gradient(const Window& window, Index channels, const T* w, const T* relu_y,
                          const Images<const T>& dy, T* dx);

/// dw and, unless it is null, db, likewise.
template <class T>
void dense_filter_gradient(const Window& window, Index channels, const T* x, const T* relu_y,
                           const Images<const T>& dy, T* dw, T* db);

}  // namespace reel::kernels
