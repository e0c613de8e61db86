// The lowering of a separable convolution by channels: a row of the block is the depthwise result
// at a position. For channels-last ones, and channels-first ones of narrow images.
//
// The pointwise kernel (1, 1, C * M, F) is the matrix as it stands. The parameters are the
// depthwise kernel, in lanes: (R, S, lanes). Read before: lowering.h, depthwise_rows.h. Read
// next: depthwise_planes.h.
#pragma once

#include <optional>

#include <reel/core/kernels/convolution/lowering.h>
#include <reel/core/kernels/convolution/tap_grid.h>

namespace reel::kernels {

template <class T>
class DepthwiseBlocks : public Lowering<T> {
 public:
  /// w: (R, S, C, M). Only one that raises, too, knows the taps of inputs.
  DepthwiseBlocks(const Window& window, Index channels, Index multiplier, const T* w,
                  bool raises = true);

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
  void filter(RowReader<T>& x, Index n, Range outputs, bool fetch, const Matrix<T>& block) const;

  const TapGrid outputs_;
  const std::optional<TapGrid> inputs_;
  Scratch<T> kernel_;  // in lanes
};

}  // namespace reel::kernels
