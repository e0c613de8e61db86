// Bilinear upsampling as its definition says: each output is a mixture of four inputs.
//
//   y[p, q] = sum over two rows h and two columns w of weight(p, h) weight(q, w) x[h, w]
//
// A centre lies at (p + 1/2) / factor - 1/2 in positions of the input; a neighbour's weight is 1
// minus its distance from there. Beyond the outermost centres both neighbours are the border's. The
// gradient gives each input its share of dy, over the same walk. To repeat pixels (nearest) is the
// gradient of a sum over windows: naive_pooling.h. Read next: naive_upsampling.cpp.
#pragma once

#include <reel/core/kernels/pooling/upsampling.h>

namespace reel::kernels::naive {

template <class T>
void upsample_bilinear(const Upsampling& u, const T* x, T* y);

/// dx from dy.
template <class T>
void upsample_bilinear_adjoint(const Upsampling& u, const T* dy, T* dx);

}  // namespace reel::kernels::naive
