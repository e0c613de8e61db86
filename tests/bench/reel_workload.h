// A row's work in reel, from plain tensors to plain tensors.
#pragma once

#include <functional>
#include <vector>

#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "workload.h"

inline reel::Tensor bench_numbers(const reel::Shape& shape, bool float64) {
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(i * 7919 % 1009) / 504.5f - 1.0f;
  return cast(reel::Tensor(values, shape), float64 ? reel::float64 : reel::float32);
}

inline std::function<void()> reel_work(const Workload& w) {
  using namespace reel;
  const Shape x_shape = w.channels_first ? Shape{w.batch, w.channels, w.rows, w.columns}
                                         : Shape{w.batch, w.rows, w.columns, w.channels};
  const std::vector<Tensor> xs{
      bench_numbers(x_shape, w.float64),
      bench_numbers({w.kernel, w.kernel, w.channels, w.multiplier}, w.float64),
      bench_numbers({1, 1, w.depth(), w.filters}, w.float64),
      bench_numbers({w.filters}, w.float64)};
  const ConvolutionOptions options{
      .strides = static_cast<int>(w.stride),
      .padding = "same",
      .data_format = w.channels_first ? "channels_first" : "channels_last",
      .dilations = static_cast<int>(w.dilation)};
  const auto forward = [=] {
    return separable_conv2d(xs[0], xs[1], xs[2], xs[3], options, FusedActivation::relu);
  };
  if (!w.training) return [=] { forward(); };
  const Tensor dy = bench_numbers(forward().shape(), w.float64);
  return [=] {
    Tape tape;
    for (const Tensor& x : xs) tape.watch(x);
    const Tensor y = forward();
    std::move(tape).gradient(y, xs, {.output_gradients = {dy}});
  };
}
