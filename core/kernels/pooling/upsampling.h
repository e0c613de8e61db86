// Bilinear upsampling by whole factors, and its adjoint, on plain memory.
//
// The picture is the one of pooling_loops.h: planes of height x width positions with `lanes`
// numbers each. Output position p has its centre at (p + 1/2) / factor - 1/2 in input positions and
// takes from the two neighbours of that point; both are the border's beyond the outermost centres.
// The adjoint gathers by input row, so its sums have one order whatever the number of threads.
// Read before: naive_upsampling.cpp.
#pragma once

#include <reel/core/dtype.h>

namespace reel::kernels {

struct Upsampling {
  Index planes = 0, height = 0, width = 0, lanes = 0;  // of the input
  Index row_factor = 1, column_factor = 1;
};

template <class T>
void upsample_bilinear(const Upsampling& u, const T* x, T* y);

/// dx = the transposed map applied to dy.
template <class T>
void upsample_bilinear_adjoint(const Upsampling& u, const T* dy, T* dx);

}  // namespace reel::kernels
