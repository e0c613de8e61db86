// How the products of convolutions are cut, and that cutting changes no result: also on processors
// whose BLAS gives no reason to.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include <reel/core/kernels/convolution/depthwise_blocks.h>
#include <reel/core/kernels/convolution/depthwise_planes.h>
#include <reel/core/kernels/matrix/unpacked.h>

#include "numbers.h"

using namespace reel;
using namespace reel::kernels;

namespace {

// Relative to the largest number.
template <class T>
void require_near(const std::vector<T>& a, const std::vector<T>& b) {
  REQUIRE(a.size() == b.size());
  double off = 0, largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    off = std::isnan(d) ? HUGE_VAL : std::max(off, d);
    largest = std::max(largest, std::abs(static_cast<double>(b[i])));
  }
  REQUIRE(largest > 0);
  REQUIRE(off <= largest * (sizeof(T) == 8 ? 1e-12 : 1e-5));
}

template <class F>
void for_each_size(const F& f) {
  for (const Index bytes : {4, 8})
    for (const Index k : {1, 17, 64, 128, 250, 256, 600, 1024, 5000})
      for (const Index n : {1, 16, 31, 64, 128, 250, 256, 1024})
        for (const Index positions : {1, 7, 50, 196, 1000}) f(k, n, bytes, positions);
}

// A convolution of `lowering`, whole: y, dx, d(depthwise kernel), d(matrix), d(bias).
template <class T>
std::vector<std::vector<T>> convolve(const Lowering<T>& lowering, const Window& window,
                                     Index channels, Index filters, bool relu) {
  const Index depth = lowering.depth;
  const std::vector<T> x = numbers<T>(window.batch * window.input_positions() * channels, 1);
  const std::vector<T> matrix = numbers<T>(depth * filters, 2), bias = numbers<T>(filters, 3);
  const Index size = window.batch * window.output_positions() * filters;
  const std::vector<T> dy = numbers<T>(size, 4);
  std::vector<T> y(static_cast<std::size_t>(size), T(NAN)), dx(x.size(), T(NAN));
  std::vector<T> parameters(static_cast<std::size_t>(lowering.parameters), T(NAN));
  std::vector<T> d_matrix(matrix.size(), T(NAN)), d_bias(bias.size(), T(NAN));
  lowered_forward<T>(lowering, x.data(), matrix.data(), {bias.data(), relu},
                     output_images(window, y.data(), filters));
  lowered_backward<T>(lowering, x.data(), matrix.data(), relu ? y.data() : nullptr,
                      output_images(window, dy.data(), filters),
                      {dx.data(), parameters.data(), d_matrix.data(), d_bias.data()});
  return {y, dx, parameters, d_matrix, d_bias};
}

template <template <class> class Kind, class T>
void require_strips_change_nothing(Window window, Index channels, Index filters, bool relu) {
  CAPTURE(channels);
  CAPTURE(filters);
  CAPTURE(sizeof(T));
  const std::vector<T> w = numbers<T>(window.taps() * channels, 5);
  Kind<T> lowering(window, channels, 1, w.data());
  lowering.strips = true;
  const ProductSizes sizes = product_sizes(lowering, channels, filters, 1);
  REQUIRE(sizes.unpacked);
  if (!lowering.by_columns || channels == 256) REQUIRE(sizes.columns < filters);
  const auto cut = convolve<T>(lowering, window, channels, filters, relu);
  lowering.strips = false;
  REQUIRE(!product_sizes(lowering, channels, filters, 1).unpacked);
  const auto whole = convolve<T>(lowering, window, channels, filters, relu);
  for (std::size_t i = 0; i < cut.size(); ++i) {
    CAPTURE(i);
    require_near(cut[i], whole[i]);
  }
}

template <class T>
void require_strips_change_nothing(bool relu) {
  struct Size {
    Index channels, filters;
  };
  for (const Size size : {Size{160, 144}, Size{147, 150}, Size{256, 256}})
    for (const int dilation : {1, 2})
      for (const int stride : {1, 2}) {
        Window window{2, WindowAxis::make(9, 3, stride, dilation, true),
                      WindowAxis::make(11, 3, stride, dilation, true), false};
        require_strips_change_nothing<DepthwiseBlocks, T>(window, size.channels, size.filters,
                                                          relu);
        window.channels_first = true;
        require_strips_change_nothing<DepthwisePlanes, T>(window, size.channels, size.filters,
                                                          relu);
      }
}

template <class T>
Matrix<const T> matrix_of(const std::vector<T>& data, Index rows, Index columns, bool transposed) {
  return {data.data(), rows, columns, transposed ? rows : columns, transposed};
}

template <class T>
T at(const Matrix<const T>& m, Index i, Index j) {
  return m.data[m.transposed ? j * m.distance + i : i * m.distance + j];
}

template <class T>
void require_apart_is_the_same(Index rows, Index columns, bool transposed) {
  CAPTURE(rows);
  CAPTURE(columns);
  CAPTURE(transposed);
  const std::vector<T> data = numbers<T>(rows * columns, 6);
  const Matrix<const T> matrix = matrix_of(data, rows, columns, transposed);
  Scratch<T> room;
  const Matrix<const T> copied = apart(matrix, room);
  REQUIRE(!copied.transposed);
  REQUIRE(copied.rows == rows);
  REQUIRE(copied.columns == columns);
  const Index vectors = copied.distance * static_cast<Index>(sizeof(T)) / vector_bytes;
  REQUIRE(vectors * vector_bytes == copied.distance * static_cast<Index>(sizeof(T)));
  REQUIRE(vectors % 2 == 1);
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < columns; ++j) REQUIRE(at(copied, i, j) == at(matrix, i, j));
}

}  // namespace

TEST_CASE("products that are said to go unpacked are small enough for it") {
  for (const auto sizes_of : {row_product_sizes, plane_product_sizes})
    for_each_size([&](Index k, Index n, Index bytes, Index positions) {
      for (const bool strips : {false, true}) {
        CAPTURE(k);
        CAPTURE(n);
        CAPTURE(bytes);
        CAPTURE(positions);
        CAPTURE(strips);
        const ProductSizes sizes = sizes_of(k, n, bytes, positions, strips);
        REQUIRE(sizes.positions >= 1);
        REQUIRE(sizes.columns >= 1);
        REQUIRE(sizes.columns <= n);
        if (!strips) REQUIRE(sizes.columns == n);
        if (sizes.columns < n) REQUIRE(sizes.unpacked);
        const Index most = sizes.positions + std::max<Index>(0, sizes.rest - 1);
        if (sizes.unpacked) REQUIRE(k * sizes.columns * most <= 1000000);
      }
    });
}

TEST_CASE(
    "the products of a tile cover its positions once, in order, none much larger than asked") {
  for (const auto sizes_of : {row_product_sizes, plane_product_sizes})
    for_each_size([&](Index k, Index n, Index bytes, Index positions) {
      const ProductSizes sizes = sizes_of(k, n, bytes, positions, true);
      Index end = 0;
      sizes.for_each(positions, [&](Range range) {
        REQUIRE(range.begin == end);
        REQUIRE(range.size() >= 1);
        REQUIRE(range.size() < sizes.positions + std::max<Index>(1, sizes.rest));
        end = range.end;
      });
      REQUIRE(end == positions);
      sizes.for_each(0, [](Range) { REQUIRE(false); });
    });
}

TEST_CASE("a matrix with its rows apart holds the same numbers") {
  for (const Index rows : {1, 3, 16, 70, 300})
    for (const Index columns : {1, 5, 16, 33, 128, 257})
      for (const bool transposed : {false, true}) {
        require_apart_is_the_same<float>(rows, columns, transposed);
        require_apart_is_the_same<double>(rows, columns, transposed);
      }
}

TEST_CASE("a product in strips is the whole product") {
  const Index m = 13, n = 37, k = 11;
  const std::vector<double> a = numbers<double>(m * k, 7), b = numbers<double>(k * n, 8);
  for (const bool a_turned : {false, true})
    for (const bool b_turned : {false, true})
      for (const bool c_turned : {false, true})
        for (const double beta : {0.0, 1.0})
          for (const Index columns : {1, 8, 36, 37, 100}) {
            std::vector<double> strips = numbers<double>(m * n, 9), whole = strips;
            const Index distance = c_turned ? m : n;
            const Matrix<const double> left = matrix_of(a, m, k, a_turned);
            const Matrix<const double> right = matrix_of(b, k, n, b_turned);
            multiply_strips<double>(left, right, beta, {strips.data(), m, n, distance, c_turned},
                                    columns);
            multiply<double>(left, right, beta, {whole.data(), m, n, distance, c_turned});
            require_near(strips, whole);
          }
}

TEST_CASE("products in strips give the convolution and gradients that whole ones give") {
  for (const bool relu : {false, true}) {
    require_strips_change_nothing<float>(relu);
    require_strips_change_nothing<double>(relu);
  }
}
