#include <reel/layers/reports/collapse.h>

#include <reel/core/ops/matmul.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/layers/base/naming.h>

namespace reel {

Tensor fold(const SeparableConv2D& layer) {
  if (!layer.built())
    detail::throw_at<RuntimeError>(
        layer.path(),
        "the layer must be built before it is folded; it is not; call it or "
        "build(shape)");
  const Tensor d = layer.depthwise_kernel(), p = layer.pointwise_kernel();
  const Index rows = d.dim(0), columns = d.dim(1), channels = d.dim(2), multiplier = d.dim(3);
  const Index filters = p.dim(3);
  // For each channel (taps, M) x (M, F): the channels are the batch of the product.
  const Tensor by_channel =
      matmul(transpose(reshape(d, {rows * columns, channels, multiplier}), {1, 0, 2}),
             reshape(p, {channels, multiplier, filters}));
  return reshape(transpose(by_channel, {1, 0, 2}), {rows, columns, channels, filters});
}

}  // namespace reel
