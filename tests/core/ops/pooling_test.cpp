// Pooling against the naive kernels, in both layouts; gradients against differences.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/runtime/parallel.h>
#include <reel/core/tape.h>

#include "with_kernels.h"

using namespace reel;

namespace {

// Distinct numbers in no particular order, at least 0.01 apart: no maximum is near a tie.
Tensor scattered(const Shape& shape, DType dtype = float64) {
  Tensor x = Tensor::empty(shape, dtype);
  dispatch(dtype, [&](auto zero) {
    using T = decltype(zero);
    T* values = writable<T>(x);
    for (Index i = 0; i < x.size(); ++i)
      values[i] = static_cast<T>(static_cast<double>((i * 7919 + 13) % 10007) / 100 - 50);
  });
  return x;
}

// (N, H, W, C) <-> (N, C, H, W)
Tensor moved(const Tensor& x, bool to_first) {
  const Shape& s = x.shape();
  const Shape shape = to_first ? Shape{s[0], s[3], s[1], s[2]} : Shape{s[0], s[2], s[3], s[1]};
  const std::vector<double> from = x.to_vector();
  std::vector<double> to(from.size());
  const Index c = to_first ? s[3] : s[1], h = to_first ? s[1] : s[2], w = to_first ? s[2] : s[3];
  for (Index n = 0; n < s[0]; ++n)
    for (Index k = 0; k < c; ++k)
      for (Index i = 0; i < h; ++i)
        for (Index j = 0; j < w; ++j) {
          const auto last = static_cast<std::size_t>(((n * h + i) * w + j) * c + k);
          const auto first = static_cast<std::size_t>(((n * c + k) * h + i) * w + j);
          to_first ? to[first] = from[last] : to[last] = from[first];
        }
  return Tensor(to, shape);
}

struct Pooled {
  Tensor y, dx;  // dx for dy = 1, 2, 3, ...
};

bool close(const Tensor& a, const Tensor& b, double tolerance = 1e-12) {
  if (a.shape() != b.shape()) return false;
  const auto s = a.to_vector(), t = b.to_vector();
  for (std::size_t i = 0; i < s.size(); ++i)
    if (!(std::abs(s[i] - t[i]) <= tolerance * (1 + std::abs(t[i])))) return false;
  return true;
}

Pooled pooled(const Tensor& x, const PoolingOptions& o, bool max) {
  Tape tape;
  tape.watch(x);
  const Tensor y = max ? max_pool2d(x, o) : avg_pool2d(x, o);
  const Tensor dy = reshape(arange(1, static_cast<double>(y.size() + 1), 1, x.dtype()), y.shape());
  return {y, tape.gradient(y, x, {.output_gradients = {dy}})};
}

// The same by the loops of the definition.
Pooled by_definition(const Tensor& x, const PoolingOptions& o, bool max) {
  return reel::testing::with_kernels("naive", [&] { return pooled(x, o, max); });
}

const std::vector<PoolingOptions> geometries = {
    {.pool_size = 2, .strides = 2},
    {.pool_size = 2, .strides = 1, .padding = "same"},
    {.pool_size = 3, .strides = 2, .padding = "same"},
    {.pool_size = {3, 2}, .strides = {1, 2}},
    {.pool_size = {2, 3}, .strides = {3, 1}, .padding = "same"},
    {.pool_size = 1, .strides = 3},
    {.pool_size = 9, .strides = 2, .padding = "same"},
    {.pool_size = {40, 31}, .strides = 1, .padding = "same"},
};

}  // namespace

TEST_CASE("pooling and its gradient equal nested loops for any window, stride and padding") {
  for (const bool max : {true, false})
    for (const PoolingOptions& o : geometries)
      for (const Shape& shape : {Shape{2, 7, 6, 3}, Shape{1, 5, 9, 37}}) {
        const Tensor x = scattered(shape);
        const Pooled expected = by_definition(x, o, max), got = pooled(x, o, max);
        CHECK(close(got.y, expected.y));
        CHECK(close(got.dx, expected.dx));
      }
}

// A row of one lane is cut into vectors of outputs, others into vectors of lanes.
TEST_CASE("windows inside the input equal nested loops at any width, with or without a rest") {
  for (const bool max : {true, false})
    for (const int rest : {0, 1})
      for (int width = 1; width <= 37; width += 1 + width / 9) {
        const Shape narrow{2, 4 + rest, 2 * width + rest, 1}, deep{1, 6 + rest, 4 + rest, width};
        for (const auto& [shape, o] :
             {std::pair(narrow, PoolingOptions{.pool_size = 2, .strides = 2}),
              std::pair(narrow, PoolingOptions{.pool_size = {3, 2}, .strides = 1}),
              std::pair(narrow, PoolingOptions{.pool_size = {3, 2}, .strides = {1, 2}}),
              std::pair(narrow, PoolingOptions{.pool_size = {4, 2}, .strides = {1, 3}}),
              std::pair(deep, PoolingOptions{.pool_size = 3, .strides = 2}),
              std::pair(deep, PoolingOptions{.pool_size = 2, .strides = 2}),
              std::pair(deep, PoolingOptions{.pool_size = {3, 2}, .strides = {3, 2}})})
          for (const DType dtype : {float64, float32}) {
            const Tensor x = scattered(shape, dtype);
            const Pooled expected = by_definition(cast(x, float64), o, max),
                         got = pooled(x, o, max);
            const double tolerance = dtype == float64 ? 1e-13 : 1e-5;
            CHECK(close(got.y, expected.y, tolerance));
            CHECK(close(got.dx, expected.dx, tolerance));
            CHECK((max ? max_pool2d(x, o) : avg_pool2d(x, o)).to_vector() == got.y.to_vector());
          }
      }
}

TEST_CASE("pooling without a tape equals pooling under one") {
  const Tensor x = scattered({2, 7, 6, 19});
  for (const PoolingOptions& o : geometries)
    CHECK(max_pool2d(x, o).to_vector() == pooled(x, o, true).y.to_vector());
}

TEST_CASE("pooling of channels_first images equals that of channels_last ones") {
  const Tensor x = scattered({2, 7, 6, 5});
  for (const bool max : {true, false})
    for (PoolingOptions o : geometries) {
      const Tensor y = max ? max_pool2d(x, o) : avg_pool2d(x, o);
      o.data_format = "channels_first";
      const Tensor other = moved(x, true);
      CHECK(close(moved(max ? max_pool2d(other, o) : avg_pool2d(other, o), false), y));
      const auto f = [&](const Tensor& v) { return max ? max_pool2d(v, o) : avg_pool2d(v, o); };
      CHECK(check_gradients(f, scattered({1, 2, 4, 3}), {.order = 2}));
    }
}

TEST_CASE("first and second gradients of pooling agree with differences") {
  const Tensor x = scattered({2, 4, 3, 2});
  for (const PoolingOptions& o : geometries) {
    if (o.pool_size.rows > 3) continue;
    const auto largest = [&](const Tensor& v) { return exp(max_pool2d(v / 50.0, o)); };
    const auto average = [&](const Tensor& v) { return exp(avg_pool2d(v / 50.0, o)); };
    CHECK(check_gradients(largest, x, {.order = 2}));
    CHECK(check_gradients(average, x, {.order = 2}));
  }
}

TEST_CASE("float32 pooling is close to float64") {
  for (const PoolingOptions& o : geometries) {
    const Tensor x = scattered({2, 7, 6, 21}), narrow = scattered({2, 7, 6, 21}, float32);
    CHECK(close(pooled(narrow, o, true).y, pooled(x, o, true).y, 1e-6));
    CHECK(close(pooled(narrow, o, true).dx, pooled(x, o, true).dx, 1e-5));
    CHECK(close(pooled(narrow, o, false).y, pooled(x, o, false).y, 1e-5));
    CHECK(close(pooled(narrow, o, false).dx, pooled(x, o, false).dx, 1e-5));
  }
}

TEST_CASE("of equal maxima the first in row-major order gets the gradient") {
  const Tensor x = reshape(Tensor({1, 2, 2, 0}), {1, 2, 2, 1});
  Tape tape;
  tape.watch(x);
  CHECK(tape.gradient(max_pool2d(x), x).to_vector() == std::vector<double>{0, 1, 0, 0});
}

TEST_CASE("negative maxima win against the padding") {
  const Tensor y =
      max_pool2d(full({1, 3, 3, 1}, -5), {.pool_size = 3, .strides = 1, .padding = "same"});
  CHECK(y.to_vector() == std::vector<double>(9, -5.0));
}

TEST_CASE("a NaN in a window is its maximum") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (Index position = 0; position < 4; ++position) {
    std::vector<double> values(4, 1.0);
    values[static_cast<std::size_t>(position)] = nan;
    CHECK(std::isnan(max_pool2d(Tensor(values, {1, 2, 2, 1})).item()));
  }
}

TEST_CASE("of several NaN in a window the first gets the gradient, whatever the pool") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor x(std::vector<double>{1, nan, 7, nan, 2, nan, 3, 9, nan}, {1, 3, 3, 1});
  const std::vector<double> to_first{0, 1, 0, 0, 0, 0, 0, 0, 0};
  const auto gradient = [](const auto& pool, const Tensor& at) {
    Tape tape;
    tape.watch(at);
    return tape.gradient(pool(at), at);
  };
  for (const bool first : {false, true}) {
    const DataFormat format = first ? "channels_first" : "channels_last";
    const auto global = [&](const Tensor& v) { return global_max_pool2d(v, format); };
    const auto padded = [&](const Tensor& v) {
      return max_pool2d(v,
                        {.pool_size = 5, .strides = 3, .padding = "same", .data_format = format});
    };
    for (const std::size_t channels : {1, 19}) {
      const Tensor all = concat(std::vector<Tensor>(channels, x), 3);
      const Tensor at = first ? moved(all, true) : all;
      for (const Tensor& dx : {gradient(global, at), gradient(padded, at)})
        CHECK((mean(dx, {first ? 1 : 3}).to_vector() == to_first));
    }
  }
}

TEST_CASE("a window of infinities has a maximum inside the input") {
  const Tensor x = full({1, 2, 2, 1}, -std::numeric_limits<double>::infinity());
  const PoolingOptions o{.pool_size = 3, .strides = 1, .padding = "same"};
  Tape tape;
  tape.watch(x);
  const Tensor dx = tape.gradient(max_pool2d(x, o), x);
  CHECK(dx.to_vector() == std::vector<double>{4, 0, 0, 0});
}

TEST_CASE("global pools keep one number per image and channel") {
  const Tensor x = scattered({2, 3, 5, 4}), first = moved(x, true);
  const PoolingOptions whole{.pool_size = {3, 5}, .strides = 1};
  for (const bool max : {true, false}) {
    const auto pool = [&](const Tensor& v, const char* data_format, bool keepdims) {
      return max ? global_max_pool2d(v, data_format, keepdims)
                 : global_avg_pool2d(v, data_format, keepdims);
    };
    const Tensor y = by_definition(x, whole, max).y;
    CHECK(close(pool(x, "channels_last", false), reshape(y, {2, 4})));
    CHECK(close(pool(x, "channels_last", true), y));
    CHECK(close(pool(first, "channels_first", false), reshape(y, {2, 4})));
    CHECK(close(pool(first, "channels_first", true), reshape(y, {2, 4, 1, 1})));
    for (const char* data_format : {"channels_last", "channels_first"}) {
      const auto f = [&](const Tensor& v) { return exp(pool(v / 50.0, data_format, false)); };
      CHECK(check_gradients(f, scattered({2, 3, 2, 3}), {.order = 2}));
    }
  }
}

TEST_CASE("the maximum of a plane is its first one, or a NaN, and gets the whole gradient") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor x(std::vector<double>{1, 5, 2, 5, 3, nan, 7, 7, -1, -2, -1, -3}, {1, 3, 2, 2});
  const auto pool = [](const Tensor& v) { return global_max_pool2d(v, "channels_first", false); };
  CHECK(pool(x).at(0, 0) == 5);
  CHECK(std::isnan(pool(x).at(0, 1)));
  CHECK(pool(x).at(0, 2) == -1);
  Tape tape;
  tape.watch(x);
  CHECK(tape.gradient(pool(x), x).to_vector() ==
        std::vector<double>{0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0});
}

TEST_CASE("pools of empty batches, of no channels and of no windows are empty") {
  for (const Shape& shape : {Shape{0, 4, 4, 3}, Shape{2, 4, 4, 0}, Shape{2, 1, 4, 3}}) {
    const Tensor x = zeros(shape, float64);
    for (const bool max : {true, false}) {
      const Pooled got = pooled(x, {}, max);
      CHECK(got.y.shape() == Shape{shape[0], shape[1] / 2, 2, shape[3]});
      CHECK(got.dx.shape() == shape);
      CHECK(got.dx.to_vector() == std::vector<double>(static_cast<std::size_t>(x.size()), 0.0));
    }
  }
  CHECK(upsample2d(zeros({0, 4, 4, 3}), 2).shape() == Shape{0, 8, 8, 3});
  CHECK(global_avg_pool2d(zeros({0, 4, 4, 3})).shape() == Shape{0, 3});
}

TEST_CASE("pooling gives the same bits for any number of threads") {
  const int before = num_threads();
  const Tensor x = scattered({3, 33, 31, 21}, float32);
  const PoolingOptions o{.pool_size = 3, .strides = 2, .padding = "same"};
  for (const bool max : {true, false}) {
    set_num_threads(1);
    const Pooled one = pooled(x, o, max);
    for (int threads : {2, 3, 7}) {
      set_num_threads(threads);
      const Pooled many = pooled(x, o, max);
      CHECK(many.y.to_vector() == one.y.to_vector());
      CHECK(many.dx.to_vector() == one.dx.to_vector());
    }
  }
  set_num_threads(before);
}

TEST_CASE("pooling says which argument is wrong") {
  const Tensor x = zeros({2, 4, 5, 3});
  CHECK_THROWS_WITH_AS(max_pool2d(zeros({4, 5, 3})),
                       "max_pool2d: x must have rank 4, (N, H, W, C); got (4, 5, 3)", ValueError);
  CHECK_THROWS_WITH_AS(avg_pool2d(zeros({4, 5, 3}), {.data_format = "channels_first"}),
                       "avg_pool2d: x must have rank 4, (N, C, H, W); got (4, 5, 3)", ValueError);
  CHECK_THROWS_WITH_AS(max_pool2d(x, {.pool_size = {0, 2}}),
                       "max_pool2d: pool_size must be >= 1; got (0, 2)", ValueError);
  CHECK_THROWS_WITH_AS(avg_pool2d(x, {.strides = {1, -1}}),
                       "avg_pool2d: strides must be >= 1; got (1, -1)", ValueError);
  CHECK_THROWS_WITH_AS(max_pool2d(x, {.pool_size = {2, 8}, .strides = 2}),
                       "max_pool2d: the window must fit into the input; got width 5 and window 8",
                       ValueError);
  CHECK_THROWS_WITH_AS(max_pool2d(x, {.pool_size = {4097, 4096}, .padding = "same"}),
                       "max_pool2d: a float32 window must have at most 16777216 positions; got "
                       "4097 x 4096",
                       ValueError);
  CHECK_THROWS_WITH_AS(max_pool2d(x, {.padding = "full"}),
                       "max_pool2d: padding must be 'valid' or 'same'; got 'full'", ValueError);
  CHECK_THROWS_WITH_AS(global_avg_pool2d(zeros({2, 0, 5, 3})),
                       "global_avg_pool2d: an image must have at least one position; got "
                       "(2, 0, 5, 3)",
                       ValueError);
  CHECK_THROWS_WITH_AS(upsample2d(x, {0, 1}), "upsample2d: size must be >= 1; got (0, 1)",
                       ValueError);
}
