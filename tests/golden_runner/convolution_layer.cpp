// Convolutions and dense layers through their layers.

#include <reel/layers/conv2d.h>
#include <reel/layers/dense.h>
#include <reel/layers/depthwise_conv2d.h>
#include <reel/layers/separable_conv2d.h>

#include "case_window.h"
#include "through_layer.h"

namespace golden {
namespace {

Results conv2d(const Problem& p) {
  const reel::ConvolutionOptions options = convolution_options(p);
  reel::Conv2D layer({.filters = p.config().at("filters"),
                      .kernel_size = pair_of(p.config().at("kernel_size")),
                      .strides = options.strides,
                      .padding = options.padding,
                      .data_format = options.data_format,
                      .dilation_rate = options.dilations,
                      .activation = activation_of(p),
                      .use_bias = p.config().at("use_bias"),
                      .dtype = p.dtype()});
  return differentiate(p, layer, {"kernel", "bias"});
}

Results depthwise_conv2d(const Problem& p) {
  const reel::ConvolutionOptions options = convolution_options(p);
  reel::DepthwiseConv2D layer({.kernel_size = pair_of(p.config().at("kernel_size")),
                               .strides = options.strides,
                               .padding = options.padding,
                               .depth_multiplier = p.config().at("depth_multiplier"),
                               .data_format = options.data_format,
                               .dilation_rate = options.dilations,
                               .activation = activation_of(p),
                               .use_bias = p.config().at("use_bias"),
                               .dtype = p.dtype()});
  return differentiate(p, layer, {"kernel", "bias"});
}

Results separable_conv2d(const Problem& p) {
  const reel::ConvolutionOptions options = convolution_options(p);
  reel::SeparableConv2D layer({.filters = p.config().at("filters"),
                               .kernel_size = pair_of(p.config().at("kernel_size")),
                               .strides = options.strides,
                               .padding = options.padding,
                               .data_format = options.data_format,
                               .dilation_rate = options.dilations,
                               .depth_multiplier = p.config().at("depth_multiplier"),
                               .activation = activation_of(p),
                               .use_bias = p.config().at("use_bias"),
                               .dtype = p.dtype()});
  return differentiate(p, layer, {"depthwise_kernel", "pointwise_kernel", "bias"});
}

Results dense(const Problem& p) {
  reel::Dense layer({.units = p.config().at("units"),
                     .activation = activation_of(p),
                     .use_bias = p.config().at("use_bias"),
                     .dtype = p.dtype()});
  return differentiate(p, layer, {"kernel", "bias"});
}

}  // namespace

void add_convolution_layers(Operations& operations) {
  operations.emplace("conv2d", Operation{"layer", conv2d, a_layer_computes});
  operations.emplace("dense", Operation{"layer", dense});
  operations.emplace("depthwise_conv2d", Operation{"layer", depthwise_conv2d, a_layer_computes});
  operations.emplace("separable_conv2d", Operation{"layer", separable_conv2d, a_layer_computes});
}

}  // namespace golden
