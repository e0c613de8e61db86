// A product of few rows: a convolution of one tap, whose kernel is read where it lies.
//
// BLAS packs the right factor of a product before it multiplies, whatever the number of rows: for
// a batch of 8 that takes as long as the product. A direct convolution reads it once, as it is.
// Read before: direct.h. Read next: matmul.cpp.
#pragma once

#include <reel/core/kernels/convolution/direct.h>
#include <reel/core/kernels/convolution/direct_rows.h>

namespace reel::kernels {

/// Whether a b is better off without BLAS: from 2 rows to 32, times a matrix that is large enough
/// to be packed and whose rows fill vectors.
template <class T>
bool is_of_few_rows(const Matrix<const T>& a, const Matrix<const T>& b) {
  constexpr Index most_rows = 32, large = 1 << 14;
  const auto by_rows = [](const Matrix<const T>& m) {
    return !m.transposed && m.distance == m.columns;
  };
  return by_rows(a) && by_rows(b) && a.rows > 1 && a.rows <= most_rows &&
         b.rows * b.columns >= large && b.columns % direct_rows<T>(1).panel == 0;
}

/// y = a b, its rows one behind the other.
template <class T>
void multiply_few_rows(const Matrix<const T>& a, const Matrix<const T>& b, T* y) {
  const Window pixels{1, {1, 1, 1}, {a.rows, 1, a.rows}};
  direct_forward<T>(pixels, a.columns, a.data, b.data, {}, output_images(pixels, y, b.columns));
}

}  // namespace reel::kernels
