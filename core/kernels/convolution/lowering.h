// Convolutions as matrix products, tile by tile.
//
// A lowering turns the pixels that an output position sees into one row of a block; the convolution
// is then block x matrix. Patches give the dense convolution, depthwise filtering gives the
// separable one. To lower is known as im2col, its transpose, to raise, as col2im. The block of a
// tile lives in scratch that stays in cache and is never stored: the product goes straight into the
// output, bias and relu are applied while the tile is hot, and the backward pass lowers again. That
// costs one more lowering and saves writing and reading a tensor of R * S times the size of the
// input.
// Tiles and partial sums are cut by shape alone, every number has one writer, and partial kernel
// gradients are added in order: the same bits for any number of threads.
// A block lies in memory as its lowering likes it: by positions, as channels-last pixels, or by
// columns, as planes. Matrix knows, and products take either.
// Read before: naive_separable.cpp, image_rows.h, matrix.h. Read next: im2col.h,
// depthwise_blocks.h, depthwise_planes.h, lowered_backward.cpp, lowered_columns.cpp.
#pragma once

#include <reel/core/kernels/matrix/unpacked.h>

namespace reel::kernels {

/// The rows of a block gradient that belong to an image's output rows from `first` on.
template <class T>
struct BlockRows {
  Matrix<const T> positions;
  Index first = 0;
};

template <class T>
class Lowering {
 public:
  explicit Lowering(const Window& window, const Images<const T>& input = {})
      : window(window), input(input) {}
  virtual ~Lowering() = default;

  const Window window;
  Images<const T> input;    // how x is read, without its data
  Index depth = 0;          // columns of a block
  Index pitch = 0;          // numbers a row; what lies beyond `depth` is not looked at
  bool by_columns = false;  // how a block is stored
  Index parameters = 0;     // numbers that the lowering itself has a gradient for
  // Whether wide products are cut into strips. That takes a copy of the matrix.
  bool strips = blas::multiplies_unpacked() && has_many_positions();

  /// The block of output rows of image n.
  virtual void lower(RowReader<T>& x, Index n, Range outputs, const Matrix<T>& block) const = 0;

  /// The transpose of `lower`: rows of image n's gradient, from the gradient of the blocks of all
  /// output rows that see them.
  virtual void raise(const BlockRows<T>& block_gradient, Index n, Range inputs,
                     RowWriter<T>& dx) const = 0;

  /// parameter_gradient += what output rows of image n contribute.
  virtual void accumulate(RowReader<T>& x, Index n, const BlockRows<T>& block_gradient,
                          Range outputs, T* parameter_gradient) const;

  /// Both; x is looked at once where that is worth something.
  virtual void lower_and_accumulate(RowReader<T>& x, Index n, const BlockRows<T>& block_gradient,
                                    Range outputs, const Matrix<T>& block,
                                    T* parameter_gradient) const {
    lower(x, n, outputs, block);
    accumulate(x, n, block_gradient, outputs, parameter_gradient);
  }

  /// Enough to be worth a copy of the matrix.
  bool has_many_positions() const { return window.batch * window.output_positions() >= 256; }

  /// How a block lies in memory, and how many numbers that takes: behind planes, a vector more.
  Matrix<T> block(T* data, Index positions) const {
    return {data, positions, depth, by_columns ? odd_vectors<T>(positions) : pitch, by_columns};
  }
  Index block_size(Index positions) const {
    return by_columns ? depth * odd_vectors<T>(positions) + whole_vectors<T>(1) : positions * pitch;
  }

 protected:
  /// A block stored by positions has the form of rows of lanes.
  LaneRows<const T> lanes_of(const BlockRows<T>& rows) const {
    return {rows.positions.data, rows.first, window.columns.output, pitch};
  }
};

/// Calls f(n, output rows of image n, their place in the block) for each image that has some of the
/// rows, numbered through the batch, of a block.
template <class T, class F>
void for_each_image_of(const Lowering<T>& lowering, Range rows, const Matrix<T>& block,
                       const F& f) {
  const Window& window = lowering.window;
  Index done = 0;
  for_each_image(rows, window.rows.output, [&](Index n, Range part) {
    const Index positions = part.size() * window.columns.output;
    f(n, part, block.rows_in({done, done + positions}));
    done += positions;
  });
}

/// The block of output rows of one image or several.
template <class T>
void lower_tile(const Lowering<T>& lowering, RowReader<T>& reader, Range tile,
                const Matrix<T>& block) {
  for_each_image_of(lowering, tile, block, [&](Index n, Range part, const Matrix<T>& place) {
    lowering.lower(reader, n, part, place);
  });
}

/// What follows the product.
template <class T>
struct Finish {
  const T* bias = nullptr;  // (filters,), or none
  bool relu = false;
};

/// y = finish(lowered(x) matrix); matrix (depth, filters).
template <class T>
void lowered_forward(const Lowering<T>& lowering, const T* x, const T* matrix,
                     const Finish<T>& finish, const Images<T>& y);

/// Where the gradients go; null for one that is not wanted.
template <class T>
struct LoweredGradients {
  T* x = nullptr;
  T* parameters = nullptr;  // (parameters,)
  T* matrix = nullptr;      // (depth, filters)
  T* bias = nullptr;        // (filters,)
};

/// All gradients in one pass over the batch. `relu_y` is the result if relu was applied, else null.
/// Arguments that no wanted gradient depends on may be null.
template <class T>
void lowered_backward(const Lowering<T>& lowering, const T* x, const T* matrix, const T* relu_y,
                      const Images<const T>& dy, const LoweredGradients<T>& gradients);

/// The gradient of the matrix alone, for one so large that parts of the batch cannot each have one.
template <class T>
void lowered_matrix_gradient(const Lowering<T>& lowering, const T* x, const T* relu_y,
                             const Images<const T>& dy, T* gradient);

/// Positions in a tile of blocks: as many as products run fast on, cache holds and scratch allows.
/// `pitch`: numbers in a row of a block; `in_place`: x is read where it lies; `alone`: all scratch
/// is for one block; `strips`: as in row_product_sizes.
Index tile_positions(Index pitch, Index filters, Index bytes_of_number, bool in_place, bool alone,
                     bool strips);

/// The same for blocks stored by columns.
Index plane_tile_positions(Index depth, Index filters, Index bytes_of_number);

/// How the products of a tile are cut: positions by (k, n).
template <class T>
ProductSizes product_sizes(const Lowering<T>& lowering, Index k, Index n, Index positions) {
  const auto sizes = lowering.by_columns ? plane_product_sizes : row_product_sizes;
  return sizes(k, n, static_cast<Index>(sizeof(T)), positions, lowering.strips);
}

/// The matrix, or its transpose, as those products take it fastest: a copy in `room`, or itself. As
/// planes meet it, it is the left factor, and as good as it lies.
template <class T>
Matrix<const T> right_factor(const Lowering<T>& lowering, const Matrix<const T>& matrix,
                             Scratch<T>& room) {
  const ProductSizes sizes = product_sizes(lowering, matrix.rows, matrix.columns, 1);
  if (lowering.by_columns || !sizes.unpacked) return matrix;
  const bool in_strips = sizes.columns < matrix.columns;
  const bool in_the_way = lowering.has_many_positions() && rows_share_sets(matrix);
  return matrix.transposed || in_strips || in_the_way ? apart(matrix, room) : matrix;
}

/// Output rows in a tile.
template <class T>
Index tile_rows(const Lowering<T>& lowering, Index filters, bool alone = false) {
  const Window& window = lowering.window;
  const Index bytes = static_cast<Index>(sizeof(T));
  const Index positions = lowering.by_columns
                              ? plane_tile_positions(lowering.depth, filters, bytes)
                              : tile_positions(lowering.pitch, filters, bytes,
                                               lowering.input.in_place(), alone, lowering.strips);
  const Index rows = std::max<Index>(1, positions / window.columns.output);
  // Products that are small in any case need no pixels of several images.
  const bool one_image = lowering.by_columns &&
                         product_sizes(lowering, lowering.depth, filters, 1).unpacked &&
                         window.output_positions() >= 64;
  return one_image ? std::min(rows, window.rows.output) : rows;
}

/// Multiplications of the product, and how many are worth a task.
template <class T>
double work_of(const Lowering<T>& lowering, Index filters);
constexpr double least_work = 1 << 18;

}  // namespace reel::kernels
