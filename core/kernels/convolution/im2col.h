// The lowering of a dense convolution: a row of the block is the patch that a position sees.
//
// Known as im2col: (R, S, C) numbers a row, zeros where the window hangs over the edge, in the
// order of the kernel (R, S, C, F), which is thus the matrix as it stands. The way back, col2im,
// adds each number of a patch to the pixel that it came from. Price: a pixel is copied as often as
// windows see it. Read before: naive_convolution.h, lowering.h.
#pragma once

#include <reel/core/kernels/convolution/lowering.h>

namespace reel::kernels {

template <class T>
class Patches : public Lowering<T> {
 public:
  Patches(const Window& window, Index channels);
  void lower(RowReader<T>& x, Index n, Range outputs, const Matrix<T>& block) const override;
  void raise(const BlockRows<T>& block_gradient, Index n, Range inputs,
             RowWriter<T>& dx) const override;

 private:
  void raise_rows(const LaneRows<const T>& block_gradient, Range inputs, T* dx) const;
};

}  // namespace reel::kernels
