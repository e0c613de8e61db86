// Extents near 2^31 and 2^63: sums and products of what a user gave never wrap, and what has no
// elements takes no time, however long its axes.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <reel/core/io/dataset.h>
#include <reel/core/io/drawn_shapes.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>
#include <reel/layers/concatenate.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/conv2d_transpose.h>
#include <reel/layers/cropping2d.h>
#include <reel/layers/depthwise_conv2d.h>
#include <reel/layers/flatten.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/pooling2d.h>
#include <reel/layers/reshape.h>
#include <reel/layers/separable_conv2d.h>
#include <reel/layers/up_sampling2d.h>
#include <reel/layers/zero_padding2d.h>

#include "with_kernels.h"

using namespace reel;
using namespace reel::testing;

namespace {

constexpr Index most = std::numeric_limits<Index>::max(), least = std::numeric_limits<Index>::min();
constexpr int most_int = std::numeric_limits<int>::max();
constexpr Index two_40 = Index{1} << 40, two_32 = Index{1} << 32;

struct Refused {
  std::string message;
  std::function<void()> call;
};

void check_all(const std::vector<Refused>& all) {
  for (const Refused& refused : all) {
    INFO(refused.message);
    CHECK_THROWS_WITH_AS(refused.call(), refused.message.c_str(), ValueError);
  }
}

template <class L>
Shape output(typename L::Options options, const Shape& input) {
  return L(std::move(options)).compute_output_shape(input);
}

}  // namespace

TEST_CASE("an extent that no 64 bits hold is refused by ops") {
  const Tensor x = zeros({2, 3}), image = zeros({1, 2, 2, 1}), none = zeros({0, 3});
  const Tensor long_image = zeros({0, Index{1} << 62, 1, 1});
  check_all({
      {"tile: extents must be below 2^63; got 2 * 9223372036854775807",
       [&] {
         tile(x, {most, 1});
       }},
      {"tile: extents must be below 2^63; got 3 * 9223372036854775807",
       [&] {
         tile(none, {1, most});
       }},
      {"slice: begin and begin + size must lie in [0, 2] on axis 0; got 2 and 9223372036854775807",
       [&] {
         slice(x, {2, 0}, {most, 1});
       }},
      {"slice: begin and begin + size must lie in [0, 2] on axis 0; got -9223372036854775808 and 2",
       [&] {
         slice(x, {least, 0}, {-1, 1});
       }},
      {"slice: begin and begin + size must lie in [0, 2] on axis 0; got 9223372036854775807 and 2",
       [&] {
         slice(x, {most, 0}, {-1, 1});
       }},
      {"pad: paddings must fit into memory; got (9223372036854775807, 1) on axis 0",
       [&] {
         pad(x, {{most, 1}, {0, 0}});
       }},
      {"concat: extents must be below 2^63; got 4611686018427387904 + 4611686018427387904",
       [&] {
         const Tensor half = zeros({Index{1} << 62, 0});
         concat(std::vector{half, half}, 0);
       }},
      {"upsample2d: extents must be below 2^63; got 4611686018427387904 * 2",
       [&] { upsample2d(long_image, 2); }},
      {"conv2d: extents must be below 2^63; got 4611686018427387903 * 2147483647",
       [&] {
         conv2d(image, zeros({Index{1} << 62, 1, 1, 0}), {.dilations = most_int});
       }},
      {"reshape: a shape must have fewer than 2^63 elements; got (4294967296, 4294967296)",
       [&] {
         none.share({two_32, two_32});
       }},
      {"reshape: shape (4294967296, 4294967296) must hold the 0 elements of shape (0, 3)",
       [&] {
         reshape(none, {two_32, two_32});
       }},
      {"Tensor: a shape must have fewer than 2^63 elements; got (4294967296, 4294967296)",
       [&] {
         Tensor(std::vector<float>{}, {two_32, two_32});
       }},
      {"photographs: a shape must have fewer than 2^63 elements; got (4294967296, 4294967296, 1)",
       [&] {
         Dataset({.name = "photographs", .image_shape = {two_32, two_32, 1}});
       }},
      {"drawn_shapes: extents must be below 2^63; got 9223372036854775807 * 784",
       [&] { drawn_shapes({.train = most}); }},
  });
}

TEST_CASE("an extent that no 64 bits hold is refused by layers") {
  const Shape image{1, most, 1, 1};
  check_all({
      {"zero_padding2d: padding: extents must be below 2^63; got 9223372036854775807 + 4294967294",
       [&] { output<ZeroPadding2D>({.padding = most_int}, image); }},
      {"up_sampling2d: size: extents must be below 2^63; got 9223372036854775807 * 2",
       [&] { output<UpSampling2D>({.size = 2}, image); }},
      {"conv2d_transpose: strides: extents must be below 2^63; got 9223372036854775807 * 2",
       [&] { output<Conv2DTranspose>({.filters = 1, .kernel_size = 1, .strides = 2}, image); }},
      {"conv2d_transpose: kernel_size: extents must be below 2^63; got 9223372036854775807 + 2",
       [&] { output<Conv2DTranspose>({.filters = 1, .kernel_size = 3}, image); }},
      {"cropping2d: cropping must leave at least one row and one column; got ((2147483647, "
       "2147483647), (2147483647, 2147483647)) of (1, 9223372036854775807, 1, 1)",
       [&] { output<Cropping2D>({.cropping = most_int}, image); }},
      {"flatten: input: extents must be below 2^63; got 4294967296 * 4294967296",
       [&] {
         output<Flatten>({}, {1, two_32, two_32});
       }},
      {"reshape: input: a shape must have fewer than 2^63 elements; got (4294967296, 4294967296)",
       [&] {
         output<Reshape>({.target_shape = {0}}, {1, two_32, two_32});
       }},
      {"reshape: target_shape: a shape must have fewer than 2^63 elements; got (4294967296, "
       "4294967296)",
       [&] {
         output<Reshape>({.target_shape = {two_32, two_32}}, {1, 0});
       }},
      {"depthwise_conv2d: depth_multiplier: extents must be below 2^63; got 9223372036854775807 * "
       "2",
       [&] {
         output<DepthwiseConv2D>({.kernel_size = 1, .depth_multiplier = 2}, {1, 1, 1, most});
       }},
      {"separable_conv2d: depth_multiplier: extents must be below 2^63; got 9223372036854775807 * "
       "2",
       [&] {
         SeparableConv2D({.filters = 1, .kernel_size = 1, .depth_multiplier = 2})
             .build(Shape{1, 1, 1, most});
       }},
      {"concatenate: concatenate: extents must be below 2^63; got 9223372036854775807 + 1",
       [&] {
         const std::vector<Shape> inputs{{most, 1}, {1, 1}};
         Concatenate({.axis = 0}).compute_output_shape(inputs);
       }},
  });
}

TEST_CASE("windows over axes of any length have the extents that they should") {
  const Index rows = Index{1} << 62;
  CHECK(output<ZeroPadding2D>({.padding = most_int}, {1, 1, 1, 1}) ==
        Shape{1, 4294967295, 4294967295, 1});
  for (const Index n : {rows, most}) {
    CHECK(output<MaxPooling2D>({.pool_size = 2}, {1, n, 2, 1}) == Shape{1, n / 2, 1, 1});
    CHECK(output<MaxPooling2D>({.pool_size = 3, .strides = 2, .padding = "same"}, {1, n, 2, 1}) ==
          Shape{1, (n - 1) / 2 + 1, 1, 1});
    CHECK(output<Conv2D>(
              {.filters = 1, .kernel_size = most_int, .padding = "same", .dilation_rate = most_int},
              {1, n, n, 1}) == Shape{1, n, n, 1});
  }
}

TEST_CASE("a step beyond all memory takes what it meets, one element at most") {
  const Tensor x = reshape(arange(6), {2, 3});
  CHECK(strided_slice(x, {0, 0}, {2, 3}, {most, most}).to_vector() == std::vector<double>{0});
  CHECK(strided_slice(x, {1, 2}, {least, least}, {least, least}).to_vector() ==
        std::vector<double>{5});
  CHECK(strided_slice(x, {least, least}, {most, most}, {1, 2}).to_vector() ==
        std::vector<double>{0, 2, 3, 5});
}

TEST_CASE("what has no elements takes no time, however long its axes") {
  const Tensor rows = zeros({two_40, 0}), columns = zeros({0, two_40});
  const Tensor middle = zeros({two_40, 3, 0});
  CHECK(rows.str().find("...") != std::string::npos);
  CHECK(rows.str().size() < 200);
  CHECK(columns.str() == "[]  (0, 1099511627776) float32");
  CHECK(middle.str().size() < 300);
  CHECK(zeros({1000, 1000, 1000, 0}).str().size() < 10'000);
  for (const Tensor& x : {rows, columns, middle}) {
    for (int axis = 0; axis < x.rank(); ++axis) {
      CHECK(argsort(x, axis).shape == x.shape());
      CHECK(argsort(x, axis, true).values.empty());
      CHECK(reverse(x, {axis}).shape() == x.shape());
      CHECK(softmax(x, axis).shape() == x.shape());
      CHECK(log_softmax(x, axis).shape() == x.shape());
    }
    CHECK(top_k(x, 0).values.size() == 0);
    Tape tape;
    tape.watch(x);
    const Tensor y = tanh(x) * 2 + x;
    CHECK(tape.gradient(y, x).shape() == x.shape());
    CHECK(transpose(x, {}).size() == 0);
    CHECK(sum(x).item() == 0);
    CHECK(l2_norm(x).item() == 0);
    CHECK(cast(x, float64).shape() == x.shape());
    CHECK(broadcast_to(x, x.shape()).shape() == x.shape());
  }
  Tape tape;
  tape.watch(middle);
  const Tensor rows_of_middle = gather(middle, std::vector<std::int32_t>{0, 2}, 1);
  CHECK(rows_of_middle.shape() == Shape{two_40, 2, 0});
  CHECK(tape.gradient(rows_of_middle, middle).shape() == middle.shape());
  CHECK(pad(rows, {{3, 3}, {0, 0}}, PadMode::reflect).shape() == Shape{two_40 + 6, 0});
  CHECK(pad(rows, {{3, 3}, {0, 0}}).shape() == Shape{two_40 + 6, 0});
  CHECK(argmax(zeros({two_40, 3, 0}), 1).shape == Shape{two_40, 0});
  CHECK(prod(middle, 1).shape() == Shape{two_40, 0});
  CHECK(sum(middle, 1).shape() == Shape{two_40, 0});
  CHECK(max(middle, 1).shape() == Shape{two_40, 0});
  CHECK(logsumexp(middle, 1).shape() == Shape{two_40, 0});
  CHECK(matmul(rows, columns, {.transpose_a = true, .transpose_b = true}).shape() == Shape{0, 0});
  CHECK(split(rows, 4, 0).size() == 4);
}

TEST_CASE("pools and upsampling of no elements take no time, however many rows they would have") {
  const auto check_shape = [](const Tensor& x, const Shape& shape, auto op) {
    for (const DType dtype : {float32, float64}) {
      const Tensor given = cast(x, dtype);
      Tape outer;
      outer.watch(given);
      Tensor y, dx;
      {
        Tape tape;
        tape.watch(given);
        y = op(given);
        dx = tape.gradient(y, given);
      }
      CHECK(y.shape() == shape);
      CHECK(dx.shape() == given.shape());
      CHECK(outer.gradient(dx, given, {.unconnected = Unconnected::zeros}).shape() ==
            given.shape());
    }
  };
  for (const char* kernels : {"fast", "naive"})
    for (const char* format : {"channels_last", "channels_first"}) {
      const WithKernels chosen(kernels);
      const bool last = std::string(format) == "channels_last";
      const Tensor batch = last ? zeros({two_40, 4, 4, 0}) : zeros({two_40, 0, 4, 4});
      const Tensor rows = last ? zeros({1, two_40, 4, 0}) : zeros({1, 0, two_40, 4});
      for (const Tensor& x : {batch, rows, zeros({0, two_32, 4, 2}), zeros({0, 2, 2, 2})}) {
        Shape halved = x.shape(), doubled = x.shape(), one = x.shape();
        for (const int axis : {last ? 1 : 2, last ? 2 : 3})
          halved[axis] /= 2, doubled[axis] *= 2, one[axis] = 1;
        check_shape(x, halved, [&](const Tensor& v) {
          return max_pool2d(v, {.pool_size = 2, .strides = 2, .data_format = format});
        });
        check_shape(x, halved, [&](const Tensor& v) {
          return avg_pool2d(v, {.pool_size = 2, .strides = 2, .data_format = format});
        });
        for (const Interpolation kind : {Interpolation::nearest, Interpolation::bilinear})
          check_shape(x, doubled, [&](const Tensor& v) { return upsample2d(v, 2, format, kind); });
        if (halved[last ? 1 : 2] == 0 || halved[last ? 2 : 3] == 0) continue;
        check_shape(x, one, [&](const Tensor& v) { return global_max_pool2d(v, format, true); });
        check_shape(x, one, [&](const Tensor& v) { return global_avg_pool2d(v, format, true); });
      }
    }
}

TEST_CASE("windows that see nothing give a gradient of zeros") {
  const Tensor x = ones({2, 1, 3, 2});
  for (const char* kernels : {"fast", "naive"}) {
    const WithKernels chosen(kernels);
    Tape tape;
    tape.watch(x);
    const PoolingOptions options{.pool_size = {2, 1}, .strides = 1};
    for (const Tensor& y : {max_pool2d(x, options), avg_pool2d(x, options)}) {
      CHECK(y.shape() == Shape{2, 0, 3, 2});
      CHECK(tape.gradient(y, x).to_vector() == std::vector<double>(12, 0));
    }
  }
}

TEST_CASE("what is known of no elements takes no memory, however many vectors they would be") {
  const Tensor rows = zeros({two_40, 0}), both = zeros({two_40, 3, 0});
  CHECK(prod(rows).item() == 1);
  CHECK(prod(both, {0, 2}).to_vector() == std::vector<double>{1, 1, 1});
  CHECK(sum(both, {0, 2}).to_vector() == std::vector<double>{0, 0, 0});
  CHECK(any(both, {0, 2}).to_vector() == std::vector<double>{0, 0, 0});
  CHECK(all(both, {0, 2}).to_vector() == std::vector<double>{1, 1, 1});
  CHECK(l2_norm(both, {0, 2}).to_vector() == std::vector<double>{0, 0, 0});
  CHECK(logsumexp(both, {0, 2}).to_vector() == std::vector<double>(3, -INFINITY));
  Tape tape;
  tape.watch(rows);
  CHECK(tape.gradient(prod(rows), rows).shape() == rows.shape());
  CHECK(tape.gradient(prod(rows, 0), rows).shape() == rows.shape());
  for (const Constraint& constraint : {unit_norm(1), max_norm(1, 1), min_max_norm({.axes = 1})})
    CHECK(constraint(Variable(rows)).shape() == rows.shape());
  for (const char* mode : {"rows", "columns"})
    CHECK(orthogonal_regularizer({.mode = mode})(rows).item() == 0);
}
