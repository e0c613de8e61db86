#include <reel/layers/folded_layer.h>

#include <cmath>
#include <string>

#include <reel/core/ops.h>
#include <reel/layers/activation_layer.h>
#include <reel/layers/advanced_activations.h>
#include <reel/layers/base/image_shapes.h>
#include <reel/layers/base/naming.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/conv2d_transpose.h>
#include <reel/layers/dense.h>
#include <reel/layers/depthwise_conv2d.h>
#include <reel/layers/separable_conv2d.h>

namespace reel::detail {
namespace {

int channel_axis_of(const auto& convolution) {
  return convolution_window(convolution.options()).channel_axis();
}

bool is_finite(const Tensor& x) { return all(less(abs(x), HUGE_VAL)).item() != 0; }

Tensor wide(const Tensor& x) { return cast(x, float64); }

}  // namespace

FoldedLayer::FoldedLayer(const auto& layer, std::vector<Variable> kernels, const Shape& per_channel,
                         int channel_axis)
    : config_(layer.get_config()),
      dtype_(kernels.back().dtype()),
      per_channel_(per_channel),
      channel_axis_(channel_axis) {
  for (const Variable& kernel : kernels) kernels_.push_back(wide(kernel));
  bias_ = layer.bias().defined() ? wide(layer.bias()) : zeros({per_channel.size()}, float64);
}

// A depthwise kernel (R, S, C, M) makes channel c M + m, a transposed one is (R, S, F, C); all
// others have the channels that they make last.
std::optional<FoldedLayer> FoldedLayer::of(const Layer& layer) {
  const auto if_linear = [](const FoldedLayer& folded) {
    const bool linear = folded.config_["activation"] == ConfigValue("linear");
    return linear ? std::optional(folded) : std::nullopt;
  };
  if (const auto* l = exactly<Conv2D>(layer))
    return if_linear({*l, {l->kernel()}, {l->options().filters}, channel_axis_of(*l)});
  if (const auto* l = exactly<SeparableConv2D>(layer))
    return if_linear({*l,
                      {l->depthwise_kernel(), l->pointwise_kernel()},
                      {l->options().filters},
                      channel_axis_of(*l)});
  if (const auto* l = exactly<DepthwiseConv2D>(layer)) {
    const Shape& d = l->depthwise_kernel().shape();
    return if_linear({*l, {l->depthwise_kernel()}, {d[2], d[3]}, channel_axis_of(*l)});
  }
  if (const auto* l = exactly<Conv2DTranspose>(layer))
    return if_linear({*l, {l->kernel()}, {l->options().filters, 1}, channel_axis_of(*l)});
  if (const auto* l = exactly<Dense>(layer))
    return if_linear({*l, {l->kernel()}, {l->options().units}, -1});
  return std::nullopt;
}

bool FoldedLayer::take(const BatchNormalization& next) {
  const int rank = next.build_shapes()[0].rank();
  if (normalize_axis("axis", next.options().axis, rank) !=
          normalize_axis("axis", channel_axis_, rank) ||
      next.moving_mean().size() != bias_.size())
    return false;
  Tensor factor = rsqrt(wide(next.moving_variance()) + next.options().epsilon);
  if (next.gamma().defined()) factor = wide(next.gamma()) * factor;
  const Tensor kernel = kernels_.back() * reshape(factor, per_channel_);
  Tensor bias = (bias_ - wide(next.moving_mean())) * factor;
  if (next.beta().defined()) bias = bias + wide(next.beta());
  if (!is_finite(cast(kernel, dtype_)) || !is_finite(cast(bias, dtype_))) return false;
  kernels_.back() = kernel;
  bias_ = bias;
  return true;
}

// The classes are names of functions, too; what all layers have is none of their parameters.
bool FoldedLayer::take_activation(const Layer& next) {
  if (exactly<layers::Activation>(next)) {
    config_.set("activation", next.get_config()["activation"]);
    return true;
  }
  if (!exactly<ReLU>(next) && !exactly<LeakyReLU>(next) && !exactly<ThresholdedReLU>(next) &&
      !exactly<ELU>(next) && !exactly<Softmax>(next))
    return false;
  const Config of_layer = next.get_config();
  Config parameters;
  for (const auto& [name, value] : of_layer.entries())
    if (name != "trainable" && name != "name" && name != "dtype" && name != "input_shape")
      parameters.set(name, value);
  config_.set("activation",
              Config{{"class_name", class_name(typeid(next))}, {"config", parameters}});
  return true;
}

// Penalties and projections were for the kernel as it was.
Config FoldedLayer::config() const {
  Config config = config_;
  for (const auto& [name, value] : config_.entries())
    if (name.ends_with("_regularizer") || name.ends_with("_constraint")) config.set(name, {});
  config.set("use_bias", true);
  return config;
}

std::vector<Tensor> FoldedLayer::weights() const {
  std::vector<Tensor> weights;
  for (const Tensor& kernel : kernels_) weights.push_back(cast(kernel, dtype_));
  weights.push_back(cast(bias_, dtype_));
  return weights;
}

}  // namespace reel::detail
