// The depthwise stage on planes against loops over the definition: every window on small images, at
// widths around those of vectors, some rows at a time.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include <reel/core/kernels/convolution/depthwise_planes.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "numbers.h"

using namespace reel;
using namespace reel::kernels;

namespace {

constexpr Index channels = 2, batch = 2;

// What stands where nothing may be written.
template <class T>
constexpr T untouched = T(12345);

struct Case {
  WindowAxis rows, columns;
  Index multiplier;
};

// Terms x * w * dy of the trilinear form, for image n and these output rows: f(x, w, dy indices),
// the indices those of (C, H, W), (R, S, C, M) and (C, M, rows, Q).
template <class F>
void for_each_term(const Case& c, Range outputs, const F& f) {
  for (Index lane = 0; lane < channels * c.multiplier; ++lane)
    for (Index p = outputs.begin; p < outputs.end; ++p)
      for (Index q = 0; q < c.columns.output; ++q)
        for (Index r = 0; r < c.rows.kernel; ++r)
          for (Index s = 0; s < c.columns.kernel; ++s) {
            const Index h = p * c.rows.stride + r * c.rows.dilation - c.rows.before;
            const Index w = q * c.columns.stride + s * c.columns.dilation - c.columns.before;
            if (h < 0 || h >= c.rows.input || w < 0 || w >= c.columns.input) continue;
            f((lane / c.multiplier * c.rows.input + h) * c.columns.input + w,
              (r * c.columns.kernel + s) * channels * c.multiplier + lane,
              (lane * outputs.size() + p - outputs.begin) * c.columns.output + q);
          }
}

template <class T>
void require_near(const std::vector<T>& is, const std::vector<double>& should) {
  REQUIRE(is.size() == should.size());
  double worst = 0;
  for (std::size_t i = 0; i < is.size(); ++i) {
    const double off = std::abs(static_cast<double>(is[i]) - should[i]);
    worst = std::isnan(off) ? HUGE_VAL : std::max(worst, off);
  }
  REQUIRE(worst < (sizeof(T) == 8 ? 1e-11 : 1e-3));
}

// The block of some output rows of the second image, and both gradients of that part.
template <class T>
void check_part(const Case& c, Range outputs) {
  const Window window{batch, c.rows, c.columns, true};
  const Index image = channels * window.input_positions(), lanes = channels * c.multiplier;
  const Index positions = outputs.size() * c.columns.output;
  const std::vector<T> x = numbers<T>(batch * image, 1);
  const std::vector<T> w = numbers<T>(window.taps() * lanes, 2);
  const std::vector<T> dy = numbers<T>(lanes * positions, 3);
  const DepthwisePlanes<T> planes(window, channels, c.multiplier, w.data());
  RowReader<T> reader(planes.input.with_data(x.data()));

  std::vector<T> data(static_cast<std::size_t>(planes.block_size(positions)), untouched<T>);
  const Matrix<T> block = planes.block(data.data(), positions);
  std::vector<double> y(dy.size()), dw(w.size()), dx(static_cast<std::size_t>(image));
  for_each_term(c, outputs, [&](Index i, Index j, Index k) {
    const auto a = static_cast<std::size_t>(i), b = static_cast<std::size_t>(j);
    const auto d = static_cast<std::size_t>(k);
    const double from = static_cast<double>(x[static_cast<std::size_t>(image) + a]);
    y[d] += from * static_cast<double>(w[b]);
    dw[b] += from * static_cast<double>(dy[d]);
    dx[a] += static_cast<double>(w[b]) * static_cast<double>(dy[d]);
  });

  planes.lower(reader, 1, outputs, block);
  std::vector<T> result;
  for (Index lane = 0; lane < lanes; ++lane) {
    const T* const plane = block.data + lane * block.distance;
    result.insert(result.end(), plane, plane + positions);
    for (Index i = positions; i < block.distance; ++i) REQUIRE(plane[i] == untouched<T>);
  }
  require_near(result, y);

  for (Index lane = 0; lane < lanes; ++lane)
    std::copy_n(dy.data() + lane * positions, positions, block.data + lane * block.distance);
  const BlockRows<T> gradient{block, outputs.begin};
  std::vector<T> parameters(static_cast<std::size_t>(planes.parameters), T(0)), kernel(w.size());
  planes.accumulate(reader, 1, gradient, outputs, parameters.data());
  planes.take_gradient(parameters.data(), kernel.data());
  require_near(kernel, dw);

  if (outputs.size() < c.rows.output) return;  // or inputs would see rows that are not there
  std::vector<T> all(static_cast<std::size_t>(batch * image), untouched<T>);
  RowWriter<T> writer(planes.input.with_data(all.data()));
  const Index half = c.rows.input / 2;
  planes.raise(gradient, 1, {0, half}, writer);
  planes.raise(gradient, 1, {half, c.rows.input}, writer);
  for (Index i = 0; i < image; ++i) REQUIRE(all[static_cast<std::size_t>(i)] == untouched<T>);
  require_near(std::vector<T>(all.begin() + image, all.end()), dx);
}

template <class T>
void check(const Case& c) {
  if (c.rows.output <= 0 || c.columns.output <= 0) return;
  CAPTURE(c.rows.input);
  CAPTURE(c.columns.input);
  CAPTURE(c.rows.kernel);
  CAPTURE(c.columns.kernel);
  CAPTURE(c.rows.stride);
  CAPTURE(c.columns.stride);
  CAPTURE(c.rows.dilation);
  CAPTURE(c.columns.dilation);
  CAPTURE(c.multiplier);
  CAPTURE(sizeof(T));
  check_part<T>(c, {0, c.rows.output});
  if (c.rows.output > 1) check_part<T>(c, {1, c.rows.output});
  if (c.rows.output > 2) check_part<T>(c, {1, c.rows.output - 1});
}

void check_both(const Case& c) {
  check<float>(c);
  check<double>(c);
}

}  // namespace

TEST_CASE("planes are filtered by the definition at every width around a vector's") {
  for (const Index width : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 49})
    for (const Index stride : {1, 2, 3})
      for (const bool same : {true, false})
        check_both({WindowAxis::make(6, 3, stride, 1, same),
                    WindowAxis::make(width, 3, stride, 1, same), 1});
}

TEST_CASE("planes are filtered by the definition with any stride, dilation and kernel") {
  Index chosen = 0;  // every seventh: all pairs of values come together
  for (const Index height : {1, 4, 19})
    for (const Index kernel_rows : {1, 2, 3, 4, 5, 7})
      for (const Index kernel_columns : {1, 2, 3, 5, 8})
        for (const Index row_stride : {1, 2, 3})
          for (const Index column_stride : {1, 2, 3})
            for (const Index row_dilation : {1, 2, 3})
              for (const Index column_dilation : {1, 2, 3})
                for (const bool same : {true, false}) {
                  if (++chosen % 7 != 0) continue;
                  check_both(
                      {WindowAxis::make(height, kernel_rows, row_stride, row_dilation, same),
                       WindowAxis::make(11, kernel_columns, column_stride, column_dilation, same),
                       1 + chosen % 3});
                }
}

TEST_CASE("planes of many rows are filtered part by part, as their scratch has room") {
  check_both({WindowAxis::make(300, 3, 1, 1, true), WindowAxis::make(33, 3, 1, 1, true), 2});
  check_both({WindowAxis::make(150, 5, 2, 3, true), WindowAxis::make(65, 2, 2, 4, true), 1});
}

TEST_CASE("an empty batch of planes is an empty result, its gradients are zero") {
  const ConvolutionOptions options{.padding = "same", .data_format = "channels_first"};
  const Tensor x = zeros({0, 2, 5, 5}), d = ones({3, 3, 2, 1}), p = ones({1, 1, 2, 4});
  Tape tape;
  tape.watch(d);
  const Tensor y = separable_conv2d(x, d, p, Tensor(), options);
  CHECK(y.shape() == Shape{0, 4, 5, 5});
  CHECK(tape.gradient(y, d).to_vector() == std::vector<double>(18, 0.0));
}
