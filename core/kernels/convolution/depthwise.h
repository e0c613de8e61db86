// Depthwise convolution of whole batches: its three contractions over rows of lanes.
//
// <dy, depthwise(x, w)> is linear in each of dy, x and w, and each of the functions here is its
// derivative in one of them. Work is cut by shape alone; input and output rows have one writer
// each, kernel gradients are summed in a fixed number of parts and added in order: the same bits
// for any number of threads. One filter of one channel would leave all lanes but one idle: it goes
// by planes. Read before: naive_depthwise.h, depthwise_rows.h, depthwise_planes.h. Read next:
// depthwise_convolution.cpp.
#pragma once

#include <reel/core/kernels/convolution/lowering.h>

namespace reel::kernels {

/// y (C * M channels) = finish(x (C channels) filtered by w (R, S, C, M)).
template <class T>
void depthwise(const Window& window, Index channels, Index multiplier, const T* x, const T* w,
               const Finish<T>& finish, T* y);

/// dx from dy and w.
template <class T>
void depthwise_input_gradient(const Window& window, Index channels, Index multiplier, const T* w,
                              const T* dy, T* dx);

/// dw from x and dy.
template <class T>
void depthwise_filter_gradient(const Window& window, Index channels, Index multiplier, const T* x,
                               const T* dy, T* dw);

/// Rows (count, used) to or from rows (count, lanes), the rest of which is zero: kernels in lanes.
template <class T>
void pad_lanes(const T* rows, Index count, Index used, Index lanes, T* padded);
template <class T>
void drop_lanes(const T* padded, Index count, Index used, Index lanes, T* rows);

}  // namespace reel::kernels
