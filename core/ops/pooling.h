// Pooling and upsampling in two dimensions.
#pragma once

#include <reel/core/operand.h>
#include <reel/core/ops/window_options.h>

namespace reel {

struct PoolingOptions {
  Pair pool_size = 2;
  Pair strides = 2;
  Padding padding = Padding::valid;
  DataFormat data_format = DataFormat::channels_last;
};

/// The largest element of each window; padding never wins. The gradient goes to the first maximum of
/// a window in row-major order.
Tensor max_pool2d(const Operand& x, const PoolingOptions& options = {});
/// The mean of each window; padding is not counted.
Tensor avg_pool2d(const Operand& x, const PoolingOptions& options = {});
/// Over all positions: (N, H, W, C) -> (N, C), or (N, 1, 1, C) with keepdims; gradient of the maximum
/// to the first.
Tensor global_max_pool2d(const Operand& x,
                         const DataFormat& data_format = DataFormat::channels_last,
                         bool keepdims = false);
Tensor global_avg_pool2d(const Operand& x,
                         const DataFormat& data_format = DataFormat::channels_last,
                         bool keepdims = false);

enum class Interpolation { nearest, bilinear };
/// Each row and column repeated (nearest) or interpolated with half-pixel centres (bilinear).
Tensor upsample2d(const Operand& x, Pair size,
                  const DataFormat& data_format = DataFormat::channels_last,
                  Interpolation interpolation = Interpolation::nearest);

}  // namespace reel
