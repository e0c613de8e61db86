// Convolutions in groups of single pixels: products of parts of matrices, in place.
//
// Where the kernel is one tap that does not move, a pixel of y is a pixel of x times a matrix a
// group. The channels of a group are columns of the pixels' matrix, which BLAS takes as they lie,
// so nothing is copied. A tile of pixels stays in cache for all groups, then it is finished.
// Read before: matrix.h. Read next: grouped_convolution.cpp.
#pragma once

#include <reel/core/kernels/convolution/lowering.h>

namespace reel::kernels {

/// Whether products do it well: one tap, no stride, and groups that fill a vector on both sides.
bool are_products(const Window& window, Index channels, Index filters);

/// As grouped_forward.
template <class T>
void grouped_products_forward(const Window& window, Index groups, Index channels, const T* x,
                              const T* w, const Finish<T>& finish, const Images<T>& y);

/// As grouped_input_gradient.
template <class T>
void grouped_products_input_gradient(const Window& window, Index groups, Index channels, const T* w,
                                     const T* relu_y, const Images<const T>& dy, T* dx);

}  // namespace reel::kernels
