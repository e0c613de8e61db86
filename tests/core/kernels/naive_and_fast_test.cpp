// Each fast kernel beside the naive one, by the switch that programs use: forward and all
// gradients, in both dtypes and data formats, at sizes that divide by nothing.
//
// The two add in different orders, so they agree up to rounding. That the naive ones are right by
// themselves is the business of the golden values, which run on them, too.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "random_separable.h"
#include "sizes_sweep.h"
#include "with_kernels.h"

using namespace reel;
using naive::cast_to;
using naive::Generator;
using reel::testing::with_kernels;

namespace {

using Tensors = std::vector<Tensor>;

void require_same(const std::function<Tensors()>& f) {
  const Tensors fast = with_kernels("fast", f), slow = with_kernels("naive", f);
  REQUIRE(fast.size() == slow.size());
  for (std::size_t i = 0; i < fast.size(); ++i) {
    CAPTURE(i);
    REQUIRE(fast[i].shape() == slow[i].shape());
    REQUIRE(fast[i].dtype() == slow[i].dtype());
    REQUIRE(naive::difference(fast[i], slow[i].to_vector()) < naive::bound(slow[i].dtype()));
  }
}

// f(xs), and the gradient of <dy, f(xs)> in each of xs.
Tensors with_gradients(const std::function<Tensor(const Tensors&)>& f, const Tensors& xs,
                       unsigned seed) {
  Tape tape;
  for (const Tensor& x : xs) tape.watch(x);
  const Tensor y = f(xs);
  const Tensor dy = cast_to(Generator(seed).tensor(y.shape()), y.dtype());
  Tensors result = tape.gradient(y, xs, {.output_gradients = {dy}});
  result.push_back(y);
  return result;
}

void require_same_gradients(const std::function<Tensor(const Tensors&)>& f, const Tensors& xs) {
  require_same([&] { return with_gradients(f, xs, 4711); });
}

Tensors random_tensors(const std::vector<Shape>& shapes, DType dtype, unsigned seed) {
  Generator generator(seed);
  Tensors result;
  for (const Shape& shape : shapes) result.push_back(cast_to(generator.tensor(shape), dtype));
  return result;
}

DType random_dtype(Generator& generator) { return generator.number(0, 1) ? float32 : float64; }

void check_convolution(Generator& generator, bool depthwise) {
  const naive::Convolution c = generator.convolution(depthwise);
  const DType dtype = random_dtype(generator);
  CAPTURE(c.str());
  CAPTURE(dtype);
  const ConvolutionOptions options = c.options();
  const Tensor x = cast_to(generator.tensor(c.x_shape()), dtype);
  const Tensor w = cast_to(generator.tensor(c.w_shape()), dtype);
  const Tensor dy = cast_to(generator.tensor(c.y_shape()), dtype);
  require_same([&]() -> Tensors {
    if (depthwise)
      return {depthwise_conv2d(x, w, options),
              depthwise_conv2d_input_gradient(x.shape(), w, dy, options),
              depthwise_conv2d_filter_gradient(x, w.shape(), dy, options)};
    return {conv2d(x, w, options), conv2d_input_gradient(x.shape(), w, dy, options),
            conv2d_filter_gradient(x, w.shape(), dy, options)};
  });
}

const char* const formats[] = {"channels_last", "channels_first"};

}  // namespace

TEST_CASE("dense convolutions, naive and fast, are the same in all three ops") {
  naive::sweep(11000000, 400, [](Generator& generator) { check_convolution(generator, false); });
}

TEST_CASE("depthwise convolutions, naive and fast, are the same in all three ops") {
  naive::sweep(12000000, 400, [](Generator& generator) { check_convolution(generator, true); });
}

TEST_CASE("separable convolutions, naive and fast, are the same in all gradients") {
  naive::sweep(13000000, 400, [](Generator& generator) {
    const naive::Separable s = naive::random_separable(generator);
    const DType dtype = random_dtype(generator);
    CAPTURE(s.str());
    CAPTURE(dtype);
    const naive::Arguments a = arguments_of(s, generator, dtype);
    require_same([&] {
      naive::Results results = compute(s, a);
      results.gradients.push_back(results.y);
      return results.gradients;
    });
  });
}

TEST_CASE("the naive separable convolution is the naive depthwise one, then the naive dense one") {
  naive::sweep(14000000, 200, [](Generator& generator) {
    naive::Separable s = naive::random_separable(generator);
    s.bias = s.relu = false;
    CAPTURE(s.str());
    const auto x = generator.values(s.depthwise.x_shape().size());
    const auto d = generator.values(s.depthwise.w_shape().size());
    const auto p = generator.values(s.pointwise.w_shape().size());
    const auto dy = generator.values(s.y_shape().size());
    const auto middle = s.depthwise.forward(x, d), y = s.pointwise.forward(middle, p);
    REQUIRE(naive::difference(Tensor(s.forward(x, d, p, {}), s.y_shape()), y) < 1e-13);
    const auto dmiddle = s.pointwise.input_gradient(p, dy);
    const auto gradients = s.backward(x, d, p, y, dy);
    const std::vector<naive::Values> expected{s.depthwise.input_gradient(d, dmiddle),
                                              s.depthwise.filter_gradient(x, dmiddle),
                                              s.pointwise.filter_gradient(middle, dy)};
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const Shape shape{static_cast<Index>(expected[i].size())};
      REQUIRE(naive::difference(Tensor(gradients[i], shape), expected[i]) < 1e-13);
    }
  });
}

TEST_CASE("each gradient of a naive separable convolution is the same when it alone is wanted") {
  Generator generator(15);
  const naive::Separable s(generator.small_convolution(true), 3, true, true);
  const auto x = generator.values(s.depthwise.x_shape().size());
  const auto d = generator.values(s.depthwise.w_shape().size());
  const auto p = generator.values(s.pointwise.w_shape().size()), b = generator.values(3);
  const auto dy = generator.values(s.y_shape().size()), y = s.forward(x, d, p, b);
  const std::vector<naive::Values> together = s.backward(x, d, p, y, dy);
  for (int wanted = 0; wanted < 4; ++wanted) {
    CAPTURE(wanted);
    const std::vector<naive::Values> alone = s.backward(x, d, p, y, dy, wanted);
    for (std::size_t i = 0; i < 4; ++i)
      if (static_cast<int>(i) == wanted) CHECK(alone[i] == together[i]);
  }
}

TEST_CASE("pools, naive and fast, are the same in value and gradient") {
  const std::vector<PoolingOptions> pools{
      {.pool_size = 2, .strides = 2},
      {.pool_size = 3, .strides = 2, .padding = "same"},
      {.pool_size = {3, 2}, .strides = {1, 2}},
      {.pool_size = {2, 3}, .strides = {3, 1}, .padding = "same"},
      {.pool_size = 1, .strides = 3},
      {.pool_size = 9, .strides = 2, .padding = "same"},
      {.pool_size = {40, 31}, .strides = 1, .padding = "same"},  // positions beyond a byte
  };
  for (const DType dtype : {float32, float64})
    for (const char* const format : formats)
      for (PoolingOptions o : pools)
        for (const Shape& shape : {Shape{2, 7, 6, 3}, Shape{1, 5, 9, 17}, Shape{0, 4, 4, 3}}) {
          o.data_format = format;
          CAPTURE(dtype);
          CAPTURE(format);
          CAPTURE(shape);
          CAPTURE(o.pool_size.rows);
          const Tensors x = random_tensors({shape}, dtype, 21);
          require_same_gradients([&](const Tensors& xs) { return max_pool2d(xs[0], o); }, x);
          require_same_gradients([&](const Tensors& xs) { return avg_pool2d(xs[0], o); }, x);
        }
}

TEST_CASE("naive and fast pools keep the same maxima, of equals and of NaN the first") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), low = -HUGE_VAL;
  for (const std::vector<double>& values : {std::vector<double>{1, 2, 2, 0, 2, 2, 1, 0, 2},
                                            {1, nan, 7, nan, 2, nan, 3, 9, nan},
                                            {low, low, low, low, low, low, low, low, low},
                                            {-0.0, 0, -0.0, 0, -0.0, 0, -0.0, 0, -0.0}})
    for (const int stride : {1, 2, 3}) {
      const Tensor x(values, {1, 3, 3, 1});
      const auto gradient = [&] {
        return with_gradients(
            [&](const Tensors& xs) {
              return max_pool2d(xs[0], {.pool_size = 3, .strides = stride, .padding = "same"});
            },
            {x}, 22)[0];
      };
      CHECK(with_kernels("fast", gradient).to_vector() ==
            with_kernels("naive", gradient).to_vector());
    }
}

TEST_CASE("global pools and upsampling, naive and fast, are the same in value and gradient") {
  for (const DType dtype : {float32, float64})
    for (const char* const format : formats)
      for (const Shape& shape : {Shape{2, 5, 3, 7}, Shape{0, 5, 3, 7}, Shape{1, 1, 1, 1}}) {
        CAPTURE(dtype);
        CAPTURE(format);
        const Tensors x = random_tensors({shape}, dtype, 31);
        require_same_gradients([&](const Tensors& xs) { return global_max_pool2d(xs[0], format); },
                               x);
        for (const auto kind : {Interpolation::nearest, Interpolation::bilinear})
          for (const Pair size : {Pair(2), Pair(3, 1), Pair(1, 5)})
            require_same_gradients(
                [&](const Tensors& xs) { return upsample2d(xs[0], size, format, kind); }, x);
      }
}

TEST_CASE("batch normalization, naive and fast, is the same in training and inference") {
  struct Case {
    Shape shape;
    int axis;
  };
  for (const DType dtype : {float32, float64})
    for (const Case& at : std::vector<Case>{{{5, 3}, -1},
                                            {{2, 9, 11, 7}, -1},
                                            {{2, 3, 9, 11}, 1},
                                            {{3, 4, 2, 5}, 2},
                                            {{300, 1, 7, 1}, -1}})
      for (const bool affine : {true, false}) {
        CAPTURE(dtype);
        CAPTURE(at.shape);
        CAPTURE(affine);
        const Index channels = at.shape[at.axis];
        Tensors all =
            random_tensors({at.shape, {channels}, {channels}, {channels}, {channels}}, dtype, 41);
        const BatchNormalizationOptions options{.axis = at.axis, .epsilon = 0.1};
        const Tensor none;
        require_same([&]() -> Tensors {
          const auto [y, mean, variance] = batch_normalization(all[0], none, none, options);
          return {mean, variance};
        });
        const Tensors trained = affine ? Tensors{all[0], all[1], all[2]} : Tensors{all[0]};
        require_same_gradients(
            [&](const Tensors& xs) {
              return batch_normalization(xs[0], affine ? xs[1] : none, affine ? xs[2] : none,
                                         options)
                  .y;
            },
            trained);
        all[4] = square(all[4]) + 0.5;
        const Tensors inferred = affine ? all : Tensors{all[0], all[3], all[4]};
        require_same_gradients(
            [&](const Tensors& xs) {
              return batch_normalization_inference(xs[0], affine ? xs[1] : none,
                                                   affine ? xs[2] : none, xs[xs.size() - 2],
                                                   xs[xs.size() - 1], options);
            },
            inferred);
      }
}

TEST_CASE("matrix products, naive and fast, are the same for odd sizes, batches and transposes") {
  for (const DType dtype : {float32, float64})
    for (const Index k : {0, 1, 7, 65})
      for (const bool ta : {false, true})
        for (const bool tb : {false, true}) {
          CAPTURE(k);
          const auto shape = [&](bool transposed, Index rows, Index columns) {
            return transposed ? Shape{3, columns, rows} : Shape{3, rows, columns};
          };
          require_same_gradients(
              [&](const Tensors& xs) {
                return matmul(xs[0], xs[1], {.transpose_a = ta, .transpose_b = tb});
              },
              random_tensors({shape(ta, 5, k), shape(tb, k, 9)}, dtype, 51));
        }
}
