// The input's gradient of few channels: each dy meets all taps at once.
//
// A vector of three channels would be mostly empty, one of taps by channels is full. So the product
// of a position of dy with the whole kernel (F, R * S * C) is made first, by the loops of a direct
// convolution, and then each pixel collects its share of the positions that saw it. A stride of two
// columns, which see the same positions, collects at once: with S rounded up to whole strides,
//
//   dx[(j, b, c)] = the sum over rows r and d < ceil(S / stride) of product[j - d][r][(d, b, c)]
//
// where column j * stride + b - before is meant: the pixels of a row follow each other in memory as
// (j, b, c) do. Read before: direct.h. Read next: tap_products.cpp.
#pragma once

#include <reel/core/kernels/convolution/lowering.h>

namespace reel::kernels {

/// Whether a window's taps lie side by side, as this asks for.
inline bool has_neighbouring_taps(const Window& window) { return window.columns.dilation == 1; }

/// dx from dy, where relu_y, if it is not null, is above 0.
template <class T>
void tap_products_input_gradient(const Window& window, Index channels, const T* w, const T* relu_y,
                                 const Images<const T>& dy, T* dx);

}  // namespace reel::kernels
