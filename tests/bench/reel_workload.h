// A row's work in reel, from plain tensors to plain tensors: a layer, as its user writes it.
// Read before: workload.h. Read next: reel_convolution.cpp, bare_gemm.cpp.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <reel/core/ops.h>
#include <reel/core/tape.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/depthwise_conv2d.h>
#include <reel/layers/separable_conv2d.h>

#include "workload.h"

inline reel::Tensor bench_numbers(const reel::Shape& shape, bool float64) {
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(i * 7919 % 1009) / 504.5f - 1.0f;
  return cast(reel::Tensor(values, shape), float64 ? reel::float64 : reel::float32);
}

template <class Options>
Options layer_options(const Workload& w) {
  Options options;
  const auto both = [](auto number) { return static_cast<int>(number); };
  options.kernel_size = {both(w.kernel_rows), both(w.kernel_columns)};
  options.strides = both(w.stride);
  options.dilation_rate = both(w.dilation);
  options.padding = "same";
  options.data_format = w.channels_first ? "channels_first" : "channels_last";
  options.activation = "relu";
  options.dtype = w.float64 ? reel::float64 : reel::float32;
  if constexpr (requires { options.filters; }) options.filters = w.filters;
  if constexpr (requires { options.depth_multiplier; }) options.depth_multiplier = w.multiplier;
  if constexpr (requires { options.groups; })
    options.groups = both(w.groups);
  else if (w.groups != 1)
    throw std::invalid_argument("this version has no groups");
  return options;
}

inline std::shared_ptr<reel::Layer> layer_of(const Workload& w) {
  using namespace reel;
  switch (w.kind) {
    case Kind::separable:
      return std::make_shared<SeparableConv2D>(layer_options<SeparableConv2DOptions>(w));
    case Kind::dense:
      return std::make_shared<Conv2D>(layer_options<Conv2DOptions>(w));
    case Kind::depthwise:
      break;
  }
  return std::make_shared<DepthwiseConv2D>(layer_options<DepthwiseConv2DOptions>(w));
}

inline std::function<void()> reel_work(const Workload& w) {
  using namespace reel;
  const Shape x_shape = w.channels_first ? Shape{w.batch, w.channels, w.rows, w.columns}
                                         : Shape{w.batch, w.rows, w.columns, w.channels};
  const Variable x(bench_numbers(x_shape, w.float64));
  const std::shared_ptr<Layer> layer = layer_of(w);
  const Tensor dy = bench_numbers((*layer)(x).shape(), w.float64);
  std::vector<Tensor> weights;
  for (const Variable& weight : layer->weights())
    weights.push_back(bench_numbers(weight.shape(), w.float64));
  layer->set_weights(weights);
  if (!w.training) return [=] { (*layer)(x); };
  std::vector<Variable> sources = layer->weights();
  sources.insert(sources.begin(), x);
  return [=] {
    Tape tape;
    const Tensor y = (*layer)(x);
    std::move(tape).gradient(y, sources, {.output_gradients = {dy}});
  };
}
