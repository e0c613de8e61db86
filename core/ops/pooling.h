// Pooling and upsampling of images.
//
// x has rank 4, (N, H, W, C) or (N, C, H, W) by `data_format`; the pool works on each channel of
// each image alone. With padding "valid" there are floor((H - window) / stride) + 1 output rows;
// with "same" ceil(H / stride), padded by max((P - 1) stride + window - H, 0), the smaller half in
// front. An output length of 0 gives an empty tensor, a negative one is a ValueError, as are other
// ranks, windows and strides < 1. All gradients are differentiable again.
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

/// The largest element of each window; padding never wins, NaN always does. The gradient goes to
/// the first maximum (or NaN) of a window in row-major order.
Tensor max_pool2d(const Operand& x, const PoolingOptions& options = {});

/// The mean of each window; padding is not counted. The gradient is shared by the elements counted.
Tensor avg_pool2d(const Operand& x, const PoolingOptions& options = {});

/// The largest element of each channel: (N, H, W, C) -> (N, C), or (N, 1, 1, C) with keepdims. The
/// gradient goes to the first. ValueError when an image has no positions.
Tensor global_max_pool2d(const Operand& x,
                         const DataFormat& data_format = DataFormat::channels_last,
                         bool keepdims = false);

/// The mean of each channel: (N, H, W, C) -> (N, C), or (N, 1, 1, C) with keepdims. ValueError when
/// an image has no positions.
Tensor global_avg_pool2d(const Operand& x,
                         const DataFormat& data_format = DataFormat::channels_last,
                         bool keepdims = false);

enum class Interpolation { nearest, bilinear };
constexpr std::string_view name_of(Interpolation interpolation) {
  return detail::name_in({"nearest", "bilinear"}, interpolation);
}

/// `size` times as many rows and columns: each repeated (nearest), or interpolated between the
/// centres of the pixels and constant beyond the outermost (bilinear; TensorFlow's
/// half_pixel_centers). The gradient is the transposed linear map. ValueError when size < 1.
Tensor upsample2d(const Operand& x, Pair size,
                  const DataFormat& data_format = DataFormat::channels_last,
                  Interpolation interpolation = Interpolation::nearest);

}  // namespace reel
