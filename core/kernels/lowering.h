// Convolutions as matrix products, tile by tile.
//
// A lowering turns the pixels that an output position sees into one row of a block; the convolution
// is then block x matrix. Patches (im2col) give the dense convolution, depthwise filtering gives
// the separable one. The block of a tile lives in scratch that stays in cache and is never stored:
// the product goes straight into the output, bias and relu are applied while the tile is hot, and
// the backward pass lowers again. That costs one more lowering and saves writing and reading a
// tensor of R * S times the size of the input.
// Tiles and partial sums are cut by shape alone, every number has one writer, and partial kernel
// gradients are added in order: the same bits for any number of threads.
// Read before: image_rows.h, matrix.h. Read next: patches.h, depthwise_blocks.h,
// lowered_backward.cpp, lowered_columns.cpp.
#pragma once

#include <reel/core/kernels/image_rows.h>

namespace reel::kernels {

template <class T>
class Lowering {
 public:
  explicit Lowering(const Window& window, const Images<const T>& input = {})
      : window(window), input(input) {}
  virtual ~Lowering() = default;

  const Window window;
  Images<const T> input;  // how x is read, without its data
  Index depth = 0;        // columns of a block
  Index pitch = 0;        // distance between its rows; what lies beyond `depth` is not looked at
  Index parameters = 0;   // numbers that the lowering itself has a gradient for

  /// The block's rows for some output rows of one image; x holds the input rows that they see.
  virtual void lower(const LaneRows<const T>& x, Range outputs, T* block) const = 0;

  /// The transpose of `lower`: rows of one image's gradient, (rows, columns, lanes), from the
  /// gradient of the blocks of all output rows that see them.
  virtual void raise(const LaneRows<const T>& block_gradient, Range inputs, T* dx) const = 0;

  /// parameter_gradient += what these output rows contribute.
  virtual void accumulate(const LaneRows<const T>& x, const LaneRows<const T>& block_gradient,
                          Range outputs, T* parameter_gradient) const;
};

/// The block's rows for output rows of one image or several, numbered through the batch.
template <class T>
void lower_tile(const Lowering<T>& lowering, RowReader<T>& reader, Range tile, T* block) {
  const Window& window = lowering.window;
  for_each_image(tile, window.rows.output, [&](Index n, Range part) {
    lowering.lower(reader.read(n, window.rows.inputs_of(part)), part, block);
    block += part.size() * window.columns.output * lowering.pitch;
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
/// `in_place`: x is read where it lies.
Index tile_positions(Index depth, Index filters, Index bytes_of_number, bool in_place = true);

/// Multiplications of the product, and how many are worth a task.
template <class T>
double work_of(const Lowering<T>& lowering, Index filters);
constexpr double least_work = 1 << 18;

}  // namespace reel::kernels
