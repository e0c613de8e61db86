// Convolutions as matrix products, tile by tile.
//
// A lowering turns the pixels that an output position sees into one row of a block; the convolution
// is then block x matrix. Patches (im2col) give the dense convolution, depthwise filtering gives
// the separable one. The block of a tile lives in scratch that stays in L2 and is never stored: the
// product goes straight into the output, where the bias is added while the tile is hot, and the
// backward pass lowers again. That costs one more lowering and saves writing and reading a tensor
// that is up to R * S times as large as the input.
// Tiles and partial sums are cut by shape alone, every number has one writer, and partial kernel
// gradients are added in order: the same bits for any number of threads.
// Read before: image_rows.h, matrix.h. Read next: patches.h, separable.h.
#pragma once

#include <reel/core/kernels/image_rows.h>
#include <reel/core/kernels/matrix.h>

namespace reel::kernels {

template <class T>
class Lowering {
 public:
  explicit Lowering(const Window& window) : window(window) {}
  virtual ~Lowering() = default;

  const Window window;
  Index depth = 0;       // columns of a block
  Index pitch = 0;       // distance between its rows; the rest of a row is not looked at
  Index parameters = 0;  // numbers that the lowering itself has a gradient for

  /// The block's rows for some output rows of one image; x holds the input rows that they see.
  virtual void lower(const LaneRows<const T>& x, Range outputs, T* block) const = 0;

  /// The transpose of `lower`: row h of the input's gradient from the gradient of the block,
  /// whose rows are all that see row h.
  virtual void raise(const LaneRows<const T>& block_gradient, Index h, T* dx) const = 0;

  /// parameter_gradient += what these output rows contribute.
  virtual void accumulate(const LaneRows<const T>& x, const LaneRows<const T>& block_gradient,
                          Range outputs, T* parameter_gradient) const;
};

/// y = lowered(x) matrix + bias; matrix (depth, filters), bias may be null.
template <class T>
void lowered_forward(const Lowering<T>& lowering, const Images<const T>& x, const T* matrix,
                     const T* bias, const Images<T>& y);

/// Where the gradients go; null for one that is not wanted.
template <class T>
struct LoweredGradients {
  T* x = nullptr;
  T* parameters = nullptr;  // (parameters,)
  T* matrix = nullptr;      // (depth, filters)
  T* bias = nullptr;        // (filters,)
};

/// All gradients in one pass over the batch. `x` may lack data if only its gradient is wanted.
template <class T>
void lowered_backward(const Lowering<T>& lowering, const Images<const T>& x, const T* matrix,
                      const Images<const T>& dy, const LoweredGradients<T>& gradients);

}  // namespace reel::kernels
