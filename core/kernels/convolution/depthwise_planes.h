// The lowering of a channels-first separable convolution: a column of the block is a plane of the
// depthwise result.
//
// Nothing is turned: pixels, blocks and results all lie channel by channel, and the product of the
// pointwise kernel and the block is the result as it is stored. The input gradient is the
// correlation of the block gradient, spread by the stride, with the kernel reversed. The parameters
// are the depthwise kernel in the order (C, M, R, S). Price: sources are copied whenever they are
// looked at: x in either pass, and the block gradient. Read before: lowering.h, padded_planes.h.
#pragma once

#include <reel/core/kernels/convolution/lowering.h>
#include <reel/core/kernels/convolution/padded_planes.h>

namespace reel::kernels {

/// Whether vectors over the columns of planes serve better than vectors over lanes, for which
/// pixels must be turned: that costs as much again as half empty vectors do. In narrow images, or
/// under a dilation beyond the image, most of a plane's places are idle.
template <class T>
bool on_planes(const Window& window, Index channels, Index multiplier);

template <class T>
class DepthwisePlanes : public Lowering<T> {
 public:
  /// w: (R, S, C, M).
  DepthwisePlanes(const Window& window, Index channels, Index multiplier, const T* w);

  void lower(RowReader<T>& x, Index n, Range outputs, const Matrix<T>& block) const override;
  void raise(const BlockRows<T>& block_gradient, Index n, Range inputs,
             RowWriter<T>& dx) const override;
  void accumulate(RowReader<T>& x, Index n, const BlockRows<T>& block_gradient, Range outputs,
                  T* parameter_gradient) const override;
  void lower_and_accumulate(RowReader<T>& x, Index n, const BlockRows<T>& block_gradient,
                            Range outputs, const Matrix<T>& block,
                            T* parameter_gradient) const override;

  /// The gradient of w from that of the parameters.
  void take_gradient(const T* parameters, T* dw) const;

 private:
  // What lies behind output rows of one image; null or of no rows if it is not wanted.
  void look(const Images<const T>& x, Index n, Range outputs, const Matrix<T>& block,
            const BlockRows<T>& block_gradient, T* parameter_gradient) const;

  const Index channels_, multiplier_;
  const PaddedPlanes outputs_, inputs_;
  const memory::Vector<Index> offsets_;
  Scratch<T> kernel_;    // (C, M, R, S)
  Scratch<T> reversed_;  // (C, R, M, S), taps in reverse order
};

}  // namespace reel::kernels
