#include <reel/layers/reports/flops.h>

#include <reel/layers/activation_layer.h>
#include <reel/layers/add.h>
#include <reel/layers/batch_normalization.h>
#include <reel/layers/concatenate.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/dense.h>
#include <reel/layers/depthwise_conv2d.h>
#include <reel/layers/dropout.h>
#include <reel/layers/flatten.h>
#include <reel/layers/global_pooling2d.h>
#include <reel/layers/pooling2d.h>
#include <reel/layers/reshape.h>
#include <reel/layers/sequential.h>
#include <reel/layers/up_sampling2d.h>
#include <reel/layers/zero_padding2d.h>

namespace reel::detail {
namespace {

template <class T>
const T* as(const Layer& layer) {
  return dynamic_cast<const T*>(&layer);
}

template <class... Layers>
bool is_one_of(const Layer& layer) {
  return (as<Layers>(layer) || ...);
}

// What follows the products: for each element of y one addition of a bias, one activation.
Index finish(const Variable& bias, const Activation& activation, const Tensor& y) {
  const bool computes = activation && activation.name() != "linear";
  return y.size() * ((bias.defined() ? 1 : 0) + (computes ? 1 : 0));
}

// Each element of y is a sum of this many products.
template <class L>
Index sums(const L& layer, Index products, const Tensor& y) {
  return 2 * products * y.size() + finish(layer.bias(), layer.options().activation, y);
}

Index taps(const Variable& kernel) { return kernel.shape()[0] * kernel.shape()[1]; }

Index separable(const SeparableConv2D& layer, const Tensor& y) {
  const Shape& p = layer.pointwise_kernel().shape();
  const Index depth = p[2], positions = p[3] > 0 ? y.size() / p[3] : 0;
  return 2 * taps(layer.depthwise_kernel()) * depth * positions + sums(layer, depth, y);
}

}  // namespace

std::optional<Index> flops(const Layer& layer, std::span<const Tensor> xs, const Tensor& y) {
  if (const auto* l = as<SeparableConv2D>(layer)) return separable(*l, y);
  if (const auto* l = as<Conv2D>(layer))
    return sums(*l, taps(l->kernel()) * l->kernel().shape()[2], y);
  if (const auto* l = as<DepthwiseConv2D>(layer)) return sums(*l, taps(l->depthwise_kernel()), y);
  if (const auto* l = as<Dense>(layer)) return sums(*l, l->kernel().shape()[0], y);
  if (const auto* l = as<Pooling2D>(layer)) {
    const Pair& window = l->options().pool_size;
    return y.size() * window.rows * window.columns;
  }
  if (as<GlobalPooling2D>(layer)) return xs[0].size();
  if (as<BatchNormalization>(layer)) return 2 * y.size();  // a factor and an offset a channel
  if (const auto* l = as<layers::Activation>(layer)) return finish({}, l->options().activation, y);
  if (as<Add>(layer)) return (static_cast<Index>(xs.size()) - 1) * y.size();
  if (const auto* l = as<UpSampling2D>(layer))  // four products, three sums; or a copy
    return l->options().interpolation == "bilinear" ? 7 * y.size() : 0;
  if (is_one_of<Concatenate, Dropout, Flatten, Reshape, Sequential, ZeroPadding2D>(layer)) return 0;
  return std::nullopt;
}

Index folded_flops(const SeparableConv2D& layer, const Tensor& y) {
  const Variable& d = layer.depthwise_kernel();
  return sums(layer, taps(d) * d.shape()[2], y);
}

Index folded_parameters(const SeparableConv2D& layer) {
  const Variable& d = layer.depthwise_kernel();
  const Index filters = layer.options().filters;
  return taps(d) * d.shape()[2] * filters + (layer.bias().defined() ? filters : 0);
}

}  // namespace reel::detail
