// The convolutions as their definition says, in seven loops: what the kernels are held against.
//
// One walk over all (output, tap, channel) triples serves forward and both gradients, because the
// three are one trilinear form. The output size and the padding are written down anew here.
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <reel/core/ops/convolution.h>

namespace naive {

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

  static Index at(bool first, Index rows, Index columns, Index channels, Index n, Index h, Index w,
                  Index c) {
    return first ? ((n * channels + c) * rows + h) * columns + w
                 : ((n * rows + h) * columns + w) * channels + c;
  }

  /// Calls f(position in x, in w, in y) for every product in the sum.
  template <class F>
  void for_each_product(const F& f) const {
    const Index top = before(rows, kernel_rows, row_stride, row_dilation, same);
    const Index left = before(columns, kernel_columns, column_stride, column_dilation, same);
    for (Index n = 0; n < batch; ++n)
      for (Index p = 0; p < output_rows(); ++p)
        for (Index q = 0; q < output_columns(); ++q)
          for (Index r = 0; r < kernel_rows; ++r)
            for (Index s = 0; s < kernel_columns; ++s) {
              const Index h = p * row_stride + r * row_dilation - top;
              const Index w = q * column_stride + s * column_dilation - left;
              if (h < 0 || h >= rows || w < 0 || w >= columns) continue;
              for (Index c = 0; c < channels; ++c)
                for (Index k = 0; k < filters; ++k)
                  f(at(channels_first, rows, columns, channels, n, h, w, c),
                    ((r * kernel_columns + s) * channels + c) * filters + k,
                    at(channels_first, output_rows(), output_columns(), output_channels(), n, p, q,
                       depthwise ? c * filters + k : k));
            }
  }

  Values forward(const Values& x, const Values& w) const {
    Values y(static_cast<std::size_t>(y_shape().size()));
    for_each_product([&](Index i, Index j, Index k) { y[k] += x[i] * w[j]; });
    return y;
  }
  Values input_gradient(const Values& w, const Values& dy) const {
    Values dx(static_cast<std::size_t>(x_shape().size()));
    for_each_product([&](Index i, Index j, Index k) { dx[i] += w[j] * dy[k]; });
    return dx;
  }
  Values filter_gradient(const Values& x, const Values& dy) const {
    Values dw(static_cast<std::size_t>(w_shape().size()));
    for_each_product([&](Index i, Index j, Index k) { dw[j] += x[i] * dy[k]; });
    return dw;
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
