#include <reel/core/ops/separable_convolution.h>

#include <reel/core/record.h>

namespace reel {

Tensor separable_conv2d(const Operand& x, const Operand& depthwise, const Operand& pointwise,
                        const Operand& bias, const ConvolutionOptions& options) {
  const Tensor middle = depthwise_conv2d(x, depthwise, options);
  const Tensor y = conv2d(middle, pointwise, {.data_format = options.data_format});
  return bias.tensor("separable_conv2d").defined() ? bias_add(y, bias, options.data_format) : y;
}

}  // namespace reel
