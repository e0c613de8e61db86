// Products so small that BLAS does not pack their factors.
//
// OpenBLAS's kernels for AVX-512 read the factors of a product where they lie while the product of
// its three sizes is at most a million, and are at their fastest there, from some 50 rows up, as
// long as the panel of the right factor that they read again and again stays in the first-level
// cache. Larger factors are packed anew by each call. So convolutions cut their products: along the
// positions and, where the matrix is wide, into strips of its columns. All cuts depend on the sizes
// and on the kernels that BLAS chose alone. Read before: matrix.h. Read next: lowering.h.
#pragma once

#include <reel/core/kernels/matrix/matrix.h>
#include <reel/core/runtime/parallel.h>
#include <reel/core/runtime/scratch.h>

namespace reel::kernels {

/// How the products (positions, k) x (k, n) of a tile are cut.
struct ProductSizes {
  Index positions, columns;  // of one product
  bool unpacked;
  Index rest = 0;  // fewer positions than this behind a product join it

  /// Calls f(range) for the positions of each product.
  template <class F>
  void for_each(Index all, const F& f) const {
    for (Index i = 0; i < all;) {
      const Range range{i, all - i < positions + rest ? all : i + positions};
      f(range);
      i = range.end;
    }
  }
};

/// The sizes that BLAS takes fastest, for a tile of so many positions that are rows of channels.
/// `strips`: whether BLAS takes unpacked products so much faster that wide ones are worth cutting
/// along their columns, too.
ProductSizes row_product_sizes(Index k, Index n, Index bytes_of_number, Index positions,
                               bool strips);

/// The same for planes. Whole vectors of positions do best, several of them.
ProductSizes plane_product_sizes(Index k, Index n, Index bytes_of_number, Index positions,
                                 bool strips);

/// c = a b + beta c, in strips of this many columns.
template <class T>
void multiply_strips(const Matrix<const T>& a, const Matrix<const T>& b, T beta, const Matrix<T>& c,
                     Index columns) {
  for (Index j = 0; j < c.columns; j += columns) {
    const Range strip{j, std::min(c.columns, j + columns)};
    multiply<T>(a, b.columns_in(strip), beta, c.columns_in(strip));
  }
}

/// Whether the panels of four vectors' columns in which BLAS takes a right factor do not stay in
/// the first-level cache though they would fit: rows an even number of vectors apart share its
/// sets.
template <class T>
bool rows_share_sets(const Matrix<const T>& matrix) {
  constexpr Index width = vector_bytes / static_cast<Index>(sizeof(T)), first_level = 32 << 10;
  return matrix.columns > 4 * width && matrix.distance % (2 * width) == 0 &&
         matrix.rows * matrix.columns * static_cast<Index>(sizeof(T)) > first_level;
}

/// A copy of the matrix in `room`, stored by rows an odd number of vectors apart, which spread over
/// all sets. BLAS is a third slower, too, when the right factor of a small product is stored by
/// columns.
template <class T>
Matrix<const T> apart(const Matrix<const T>& matrix, Scratch<T>& room) {
  const Index rows_of_task = std::max<Index>(64, (1 << 15) / std::max<Index>(1, matrix.columns));
  const Index distance = odd_vectors<T>(matrix.columns);
  T* const to = room.reserve(matrix.rows * distance);
  const Index pixel_step = matrix.transposed ? 1 : matrix.distance;
  const Index channel_step = matrix.transposed ? matrix.distance : 1;
  parallel_ranges(matrix.rows, rows_of_task, [&](Index begin, Index end) {
    lane_copies<T>().spread({end - begin, matrix.columns, pixel_step, channel_step, 1},
                            matrix.data + begin * pixel_step, distance, to + begin * distance);
  });
  return {to, matrix.rows, matrix.columns, distance};
}

}  // namespace reel::kernels
