// The product of two matrices as its definition says: three loops.
//
//   y[i, j] = sum over k of a[i, k] b[k, j]
//
// Either factor may lie transposed in memory; the matrix knows, so the loops do not ask. Sums are
// in T, in the order of k: BLAS adds in another order and agrees up to rounding. Read before:
// matrix.h. Read next: naive_product.cpp, and, the fast way, product.h.
#pragma once

#include <reel/core/kernels/matrix/matrix.h>

namespace reel::kernels::naive {

/// y (rows of a, columns of b), its rows one behind the other.
template <class T>
void product(const Matrix<const T>& a, const Matrix<const T>& b, T* y);

}  // namespace reel::kernels::naive
