// What one row of a comparison computes: a convolution with bias and relu, "same" padding.
//
// Of three kinds: separable (depthwise, then pointwise), dense (perhaps in groups) and depthwise.
// Every contestant is a program of its own that reads the same command line into this struct
// (workload_text.h), so no two of them can measure different things. Only the standard library:
// peers include it too. Read next: workload_text.h.
#pragma once

#include <array>
#include <cstdint>
#include <string>

enum class Kind { separable, dense, depthwise };

struct Workload {
  std::string name;  // "S1", or the numbers themselves
  Kind kind = Kind::separable;
  std::int64_t batch = 1, rows = 1, columns = 1, channels = 1, filters = 1;
  std::int64_t kernel_rows = 3, kernel_columns = 3, stride = 1, dilation = 1;
  std::int64_t multiplier = 1;  // filters a channel, of the depthwise part
  std::int64_t groups = 1;      // dense alone
  bool training = false;        // forward and all gradients, x's too; else forward alone
  bool channels_first = false;  // (N, C, H, W), else (N, H, W, C)
  bool float64 = false;
  int threads = 1;
  std::string format = "plain";  // peers only: tensors in the row's layout, or others

  std::int64_t depth() const { return channels * multiplier; }
  std::int64_t out_rows() const { return (rows + stride - 1) / stride; }
  std::int64_t out_columns() const { return (columns + stride - 1) / stride; }
  std::int64_t taps() const { return kernel_rows * kernel_columns; }

  /// Padding of "same" before and after an axis of `extent` under a kernel of `size`.
  std::array<std::int64_t, 2> padding(std::int64_t extent, std::int64_t size) const {
    const std::int64_t out = (extent + stride - 1) / stride;
    const std::int64_t reach = (out - 1) * stride + dilation * (size - 1) + 1;
    const std::int64_t total = reach > extent ? reach - extent : 0;
    return {total / 2, total - total / 2};
  }

  /// Weights without the bias.
  std::int64_t weights() const {
    if (kind == Kind::dense) return taps() * (channels / groups) * filters;
    return taps() * depth() + (kind == Kind::separable ? depth() * filters : 0);
  }

  /// Multiplications and additions: each weight meets each position once, and a training step
  /// counts three forward passes.
  double operations() const {
    const double positions = static_cast<double>(batch * out_rows() * out_columns());
    return (training ? 3 : 1) * 2.0 * positions * static_cast<double>(weights());
  }

  /// What must at least move: input, kernels and output once; their gradients too when training.
  double bytes() const {
    const std::int64_t x = batch * rows * columns * channels;
    const std::int64_t y = batch * out_rows() * out_columns() * filters;
    const double all = static_cast<double>(x + y + weights() + filters);
    return all * (training ? 2 : 1) * (float64 ? 8 : 4);
  }

  /// Whether Winograd's minimal filtering could serve: dense, 3 x 3, stride 1, no dilation, 16
  /// channels or more on both sides, at least 32 tiles of 4 x 4 outputs in the batch.
  bool suits_minimal_filtering() const {
    const std::int64_t tiles = batch * ((out_rows() + 3) / 4) * ((out_columns() + 3) / 4);
    return kind == Kind::dense && kernel_rows == 3 && kernel_columns == 3 && stride == 1 &&
           dilation == 1 && groups == 1 && channels >= 16 && filters >= 16 && tiles >= 32;
  }
};
