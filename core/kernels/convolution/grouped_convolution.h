// The door to dense convolution in groups: channels and filters are cut into G parts that do not
// meet.
//
//   y[n, p, q, f] = sum_{r, s, c < D} x[n, h, w, g D + c] w[r, s, c, f]
//
// with D = C / G and g = f / (F / G). Each group is a dense convolution of its own, by the kernel
// that suits its shape. Decision: what a group reads and writes is copied to lie together, a group
// at a time, so that it is in cache when it is used and no kernel knows of strides between pixels.
// Where groups are so small that vectors would stay empty, some are taken for one: a dense
// convolution whose kernel is zero wherever channels and filters are of different groups. It
// multiplies more, and is several times as fast. How many is chosen as kernels are, by estimated
// cycles, and so by shape, dtype and instruction set alone. Price: a NaN or an infinity may reach
// filters of neighbouring groups. Where parts of an image lie together already (one image, channels
// first; all groups for one) nothing is copied. Single pixels need no copy either
// (grouped_products.h), but for the gradient of the kernel. A group of one channel is a depthwise
// convolution, with its kernels. Read before: dense_choice.h, depthwise.h. Read next:
// grouped_products.h, grouped_convolution.cpp.
#pragma once

#include <reel/core/kernels/convolution/lowering.h>

namespace reel::kernels {

/// Whether it is a depthwise convolution with w as (R, S, C, F / C): the same numbers.
inline bool is_depthwise(Index groups, Index channels) { return groups > 1 && channels == 1; }

/// As dense_forward, of `groups` times `channels` channels; w (R, S, channels, y.channels). Not
/// for a depthwise convolution; this holds for all three.
template <class T>
void grouped_forward(const Window& window, Index groups, Index channels, const T* x, const T* w,
                     const Finish<T>& finish, const Images<T>& y);

/// As dense_input_gradient.
template <class T>
void grouped_input_gradient(const Window& window, Index groups, Index channels, const T* w,
                            const T* relu_y, const Images<const T>& dy, T* dx);

/// As dense_filter_gradient.
template <class T>
void grouped_filter_gradient(const Window& window, Index groups, Index channels, const T* x,
                             const T* relu_y, const Images<const T>& dy, T* dw, T* db);

}  // namespace reel::kernels
