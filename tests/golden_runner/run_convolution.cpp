// Convolutions and dense layers through the functional ops, with bias and activation behind them.

#include <reel/core/ops.h>

#include "case_window.h"
#include "operation.h"

namespace golden {
namespace {

using reel::Tensor;

Tensor with_bias_and_activation(const Problem& p, const Tensor& x) {
  return activate(p, p.has("bias") ? reel::bias_add(x, p["bias"], data_format_of(p)) : x);
}

Tensor conv2d(const Problem& p) {
  return with_bias_and_activation(p, reel::conv2d(p["x"], p["kernel"], convolution_options(p)));
}

Tensor depthwise_conv2d(const Problem& p) {
  return with_bias_and_activation(
      p, reel::depthwise_conv2d(p["x"], p["kernel"], convolution_options(p)));
}

Tensor separable_conv2d(const Problem& p) {
  return activate(p, reel::separable_conv2d(p["x"], p["depthwise_kernel"], p["pointwise_kernel"],
                                            p.optional("bias"), convolution_options(p)));
}

// A contraction over the last axis of x, whatever its rank.
Tensor dense(const Problem& p) {
  const Tensor y = reel::matmul(p["x"], p["kernel"]);
  return activate(p, p.has("bias") ? y + p["bias"] : y);
}

}  // namespace

void add_convolutions(Operations& operations) {
  add(operations, "conv2d", conv2d);
  add(operations, "dense", dense);
  add(operations, "depthwise_conv2d", depthwise_conv2d);
  add(operations, "separable_conv2d", separable_conv2d);
}

}  // namespace golden
