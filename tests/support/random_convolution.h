// Random convolutions, and what the naive kernels of the library say about them.
//
// The naive kernels are what all others are held against; they are themselves held against golden
// values. They take the window as it is given, so the output size and the padding are written down
// anew here. Read before: naive_convolution.cpp.
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <reel/core/kernels/naive/naive_convolution.h>
#include <reel/core/kernels/naive/naive_depthwise.h>
#include <reel/core/ops/convolution.h>

namespace naive {

namespace kernels = reel::kernels::naive;
using reel::Index;
using Values = std::vector<double>;

struct Convolution {
  Index batch = 1, rows = 1, columns = 1, channels = 1;
  Index kernel_rows = 1, kernel_columns = 1, filters = 1;  // filters: of each channel if depthwise
  int row_stride = 1, column_stride = 1, row_dilation = 1, column_dilation = 1;
  bool same = false, channels_first = false, depthwise = false;

  static Index output(Index length, Index kernel, Index stride, Index dilation, bool same) {
    const Index places = same ? length : length - (kernel - 1) * dilation;
    return (places + stride - 1) / stride;
  }
  static Index before(Index length, Index kernel, Index stride, Index dilation, bool same) {
    if (!same) return 0;
    const Index out = output(length, kernel, stride, dilation, same);
    return std::max<Index>((out - 1) * stride + (kernel - 1) * dilation + 1 - length, 0) / 2;
  }
  Index output_rows() const { return output(rows, kernel_rows, row_stride, row_dilation, same); }
  Index output_columns() const {
    return output(columns, kernel_columns, column_stride, column_dilation, same);
  }
  Index output_channels() const { return depthwise ? channels * filters : filters; }

  bool possible() const {
    return same || (rows - (kernel_rows - 1) * row_dilation + row_stride > 0 &&
                    columns - (kernel_columns - 1) * column_dilation + column_stride > 0);
  }

  static reel::Shape shape(bool first, Index n, Index h, Index w, Index c) {
    return first ? reel::Shape{n, c, h, w} : reel::Shape{n, h, w, c};
  }
  reel::Shape x_shape() const { return shape(channels_first, batch, rows, columns, channels); }
  reel::Shape w_shape() const { return {kernel_rows, kernel_columns, channels, filters}; }
  reel::Shape y_shape() const {
    return shape(channels_first, batch, output_rows(), output_columns(), output_channels());
  }

  reel::ConvolutionOptions options() const {
    return {.strides = {row_stride, column_stride},
            .padding = same ? "same" : "valid",
            .data_format = channels_first ? "channels_first" : "channels_last",
            .dilations = {row_dilation, column_dilation}};
  }

  std::string str() const {
    return fmt::format("{} x {} w {} strides {},{} dilations {},{} {}{}",
                       depthwise ? "depthwise" : "dense", x_shape(), w_shape(), row_stride,
                       column_stride, row_dilation, column_dilation, same ? "same" : "valid",
                       channels_first ? " channels_first" : "");
  }

  reel::kernels::Window window() const {
    const auto axis = [&](Index length, Index kernel, Index stride, Index dilation) {
      return reel::kernels::WindowAxis{
          length, kernel,   output(length, kernel, stride, dilation, same),
          stride, dilation, before(length, kernel, stride, dilation, same)};
    };
    return {batch, axis(rows, kernel_rows, row_stride, row_dilation),
            axis(columns, kernel_columns, column_stride, column_dilation), channels_first};
  }

  Values forward(const Values& x, const Values& w) const {
    return run(kernels::convolution<double>, kernels::depthwise<double>, x, w, y_shape());
  }
  Values input_gradient(const Values& w, const Values& dy) const {
    return run(kernels::convolution_input_gradient<double>,
               kernels::depthwise_input_gradient<double>, w, dy, x_shape());
  }
  Values filter_gradient(const Values& x, const Values& dy) const {
    return run(kernels::convolution_filter_gradient<double>,
               kernels::depthwise_filter_gradient<double>, x, dy, w_shape());
  }

 private:
  using Kernel = void(const reel::kernels::Window&, Index, Index, const double*, const double*,
                      double*);
  using DenseKernel = void(const reel::kernels::Window&, Index, Index, const double*, const double*,
                           double*, Index groups);
  Values run(DenseKernel* dense, Kernel* by_channel, const Values& a, const Values& b,
             const reel::Shape& shape) const {
    Values result(static_cast<std::size_t>(shape.size()));
    if (depthwise)
      by_channel(window(), channels, filters, a.data(), b.data(), result.data());
    else
      dense(window(), channels, filters, a.data(), b.data(), result.data(), 1);
    return result;
  }
};

/// Small random configurations and numbers, from a fixed seed.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  Index number(Index least, Index most) {
    return std::uniform_int_distribution<Index>(least, most)(random_);
  }
  int step() { return static_cast<int>(number(0, 2) == 0 ? number(2, 4) : 1); }

  Convolution convolution(bool depthwise) {
    Convolution c;
    do {
      c = {.batch = number(0, 3),
           .rows = number(0, 9),
           .columns = number(1, 9),
           .channels = number(1, 5) == 1 ? number(15, 18) : number(1, 5),
           .kernel_rows = number(1, 5),
           .kernel_columns = number(1, 5),
           .filters = number(1, 4),
           .row_stride = step(),
           .column_stride = step(),
           .row_dilation = step(),
           .column_dilation = step(),
           .same = number(0, 1) == 1,
           .channels_first = number(0, 1) == 1,
           .depthwise = depthwise};
      if (number(0, 3) > 0)
        c.batch = std::max<Index>(1, c.batch), c.rows = std::max<Index>(2, c.rows);
    } while (!c.possible());
    return c;
  }

  /// One whose Jacobians are small enough to be measured.
  Convolution small_convolution(bool depthwise) {
    Convolution c = convolution(depthwise);
    c.batch = std::min<Index>(c.batch, 2);
    c.rows = std::clamp<Index>(c.rows, 1, 4);
    c.columns = std::min<Index>(c.columns, 4);
    c.channels = std::min<Index>(c.channels, 2);
    c.filters = std::min<Index>(c.filters, 2);
    if (!c.possible()) c.same = true;
    return c;
  }

  Values values(Index count) {
    Values result(static_cast<std::size_t>(count));
    std::uniform_real_distribution<double> uniform(-1, 1);
    for (double& v : result) v = uniform(random_);
    return result;
  }
  reel::Tensor tensor(const reel::Shape& shape) { return {values(shape.size()), shape}; }

 private:
  std::mt19937_64 random_;
};

/// The largest difference, relative to the largest value expected (at least 1).
inline double difference(const reel::Tensor& tensor, const Values& expected) {
  const Values found = tensor.to_vector();
  if (found.size() != expected.size()) return 1e300;
  double largest = 1, worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    const double error = std::abs(found[i] - expected[i]);
    worst = error <= worst ? worst : error;  // NaN counts
  }
  return worst / largest;
}

}  // namespace naive
