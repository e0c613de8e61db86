// Matrices in place: what the products of a convolution read and write.
//
// Channels-last pixels are a matrix (positions, channels) over the whole batch; channels-first ones
// are its transpose, (channels, positions), one an image. `multiply` takes either on any side, so
// that no kernel asks for the data format and nothing is transposed in memory. Read next: tiles.h.
#pragma once

#include <reel/core/kernels/convolution/epilogue.h>
#include <reel/core/kernels/convolution/image_rows.h>
#include <reel/core/kernels/convolution/row_ranges.h>
#include <reel/core/runtime/blas.h>

namespace reel::kernels {

/// `count` rounded up to an odd number of vectors: rows that far apart do not share a cache set.
template <class T>
constexpr Index odd_vectors(Index count) {
  constexpr Index width = vector_bytes / static_cast<Index>(sizeof(T));
  return (ceil_div(count, width) | 1) * width;
}

/// A matrix (rows, columns) that is stored by rows, or by columns if `transposed`; `distance` lies
/// between the starts of two stored rows (columns).
template <class T>
struct Matrix {
  T* data = nullptr;
  Index rows = 0, columns = 0, distance = 0;
  bool transposed = false;

  operator Matrix<const T>() const { return {data, rows, columns, distance, transposed}; }
  /// As it lies in memory.
  Tile<T> stored() const {
    return {data, transposed ? columns : rows, transposed ? rows : columns, distance};
  }
  Matrix transpose() const { return {data, columns, rows, distance, !transposed}; }
  /// The rows in `range`.
  Matrix rows_in(Range range) const {
    return {data + range.begin * (transposed ? 1 : distance), range.size(), columns, distance,
            transposed};
  }
  /// The columns in `range`.
  Matrix columns_in(Range range) const { return transpose().rows_in(range).transpose(); }
};

/// c = a b + beta c.
template <class T>
void multiply(const Matrix<const T>& a, const Matrix<const T>& b, T beta, const Matrix<T>& c) {
  if (c.transposed) return multiply(b.transpose(), a.transpose(), beta, c.transpose());
  blas::gemm(a.transposed, b.transposed, c.rows, c.columns, a.columns, T(1), a.data,
             std::max<Index>(1, a.distance), b.data, std::max<Index>(1, b.distance), beta, c.data,
             std::max<Index>(1, c.distance));
}

/// Calls f(range, matrix) for pieces of the rows (counted through the batch) whose pixels are one
/// matrix (positions, channels); `range` is where it lies in the given rows, in positions.
template <class T, class F>
void for_each_matrix(const Images<T>& images, Range rows, const F& f) {
  const Index columns = images.columns, channels = images.channels;
  if (!images.channels_first) {
    f(Range{0, rows.size() * columns}, Matrix<T>{images.data + rows.begin * columns * channels,
                                                 rows.size() * columns, channels, channels});
    return;
  }
  Index done = 0;
  for_each_image(rows, images.rows, [&](Index n, Range part) {
    const Index count = part.size() * columns;
    f(Range{done, done + count},
      Matrix<T>{images.row(n, part.begin), count, channels, images.rows * columns, true});
    done += count;
  });
}

}  // namespace reel::kernels
