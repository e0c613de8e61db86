// What one row of a comparison computes: a separable convolution with bias and relu, "same"
// padding.
//
// Every contestant is a program of its own that reads the same command line into this struct, so no
// two of them can measure different things. Only the standard library: peers include it too.
#pragma once

#include <array>
#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

struct Workload {
  std::string name;  // "S1", or the numbers themselves
  std::int64_t batch = 1, rows = 1, columns = 1, channels = 1, filters = 1;
  std::int64_t kernel = 3, stride = 1, dilation = 1, multiplier = 1;
  bool training = false;        // forward and all four gradients, else forward alone
  bool channels_first = false;  // (N, C, H, W), else (N, H, W, C)
  bool float64 = false;
  int threads = 1;
  std::string format = "plain";  // peers only: tensors in the row's layout, or "preferred"

  std::int64_t depth() const { return channels * multiplier; }
  std::int64_t out_rows() const { return (rows + stride - 1) / stride; }
  std::int64_t out_columns() const { return (columns + stride - 1) / stride; }

  /// Padding of "same" before and after an axis of `extent`.
  std::array<std::int64_t, 2> padding(std::int64_t extent) const {
    const std::int64_t out = (extent + stride - 1) / stride;
    const std::int64_t reach = (out - 1) * stride + dilation * (kernel - 1) + 1;
    const std::int64_t total = reach > extent ? reach - extent : 0;
    return {total / 2, total - total / 2};
  }

  /// Multiplications and additions; a training step counts three forward passes.
  double operations() const {
    const double positions = static_cast<double>(batch * out_rows() * out_columns());
    const double each = static_cast<double>(depth() * (kernel * kernel + filters));
    return (training ? 3 : 1) * 2.0 * positions * each;
  }

  /// What must at least move: input, kernels and output once; their gradients too when training.
  double bytes() const {
    const std::int64_t x = batch * rows * columns * channels;
    const std::int64_t y = batch * out_rows() * out_columns() * filters;
    const std::int64_t kernels = kernel * kernel * depth() + depth() * filters + filters;
    return static_cast<double>(x + y + kernels) * (training ? 2 : 1) * (float64 ? 8 : 4);
  }
};

/// The shapes of this project's tables: what small and what large networks are made of.
inline const std::vector<Workload>& named_workloads() {
  static const std::vector<Workload> all{{"S1", 32, 28, 28, 32, 64},
                                         {"S2", 32, 14, 14, 64, 128},
                                         {"S3", 8, 112, 112, 32, 64},
                                         {"S4", 8, 56, 56, 128, 128},
                                         {"S5", 8, 28, 28, 256, 256},
                                         {"S6", 8, 14, 14, 512, 512},
                                         {"S7", 8, 7, 7, 1024, 1024},
                                         {"S8", 8, 56, 56, 64, 128, 3, 2},
                                         {"S9", 1, 112, 112, 32, 64},
                                         {"S10", 32, 32, 32, 3, 32},
                                         {"S11", 32, 28, 28, 1, 32, 5, 1, 1, 8},
                                         {"S12", 8, 28, 28, 128, 128, 3, 1, 2}};
  return all;
}

/// A name, or N,H,W,C,F[,kernel[,stride[,dilation[,multiplier]]]].
inline Workload parse_shape(const std::string& text) {
  for (const Workload& named : named_workloads())
    if (named.name == text) return named;
  Workload w;
  w.name = text;
  std::int64_t* const fields[] = {&w.batch,  &w.rows,   &w.columns,  &w.channels,  &w.filters,
                                  &w.kernel, &w.stride, &w.dilation, &w.multiplier};
  std::istringstream in(text);
  std::size_t count = 0;
  for (std::string number; std::getline(in, number, ','); ++count) {
    std::size_t used = 0;
    const bool fits = count < std::size(fields);
    try {
      if (fits) *fields[count] = std::stoll(number, &used);
    } catch (const std::logic_error&) {
      used = 0;
    }
    if (!fits || used == 0 || used != number.size() || *fields[count] < 1) count = 100;
  }
  if (count < 5 || count > std::size(fields))
    throw std::invalid_argument(
        "--shape: must be S1 to S12 or N,H,W,C,F[,kernel[,stride[,dilation[,multiplier]]]]; got " +
        text);
  return w;
}

/// The arguments by which a workload reaches another process, and back.
inline std::vector<std::string> to_arguments(const Workload& w, const std::string& shape) {
  return {shape,
          w.training ? "train" : "forward",
          w.channels_first ? "nchw" : "nhwc",
          w.float64 ? "f64" : "f32",
          std::to_string(w.threads),
          w.format};
}
inline Workload from_arguments(int count, char** arguments) {
  if (count != 7)
    throw std::invalid_argument("usage: SHAPE forward|train nhwc|nchw f32|f64 THREADS FORMAT");
  Workload w = parse_shape(arguments[1]);
  w.training = arguments[2] == std::string("train");
  w.channels_first = arguments[3] == std::string("nchw");
  w.float64 = arguments[4] == std::string("f64");
  w.threads = std::stoi(arguments[5]);
  w.format = arguments[6];
  return w;
}
