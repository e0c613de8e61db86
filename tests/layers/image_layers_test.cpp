// The layers on images that have no weights: pooling, padding, upsampling.
#include <doctest/doctest.h>

#include <type_traits>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops/random.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/cropping2d.h>
#include <reel/layers/depthwise_conv2d.h>
#include <reel/layers/flatten.h>
#include <reel/layers/global_pooling2d.h>
#include <reel/layers/pooling2d.h>
#include <reel/layers/separable_conv2d.h>
#include <reel/layers/sequential.h>
#include <reel/layers/up_sampling2d.h>
#include <reel/layers/zero_padding2d.h>

#include "layer_helpers.h"

using namespace reel;

namespace {

Tensor random(const Shape& shape, DType dtype = float64) {
  return randn(shape, dtype, RandomKey{4, 0, 0});
}

Tensor first_to_last(const Tensor& x) { return transpose(x, {0, 2, 3, 1}); }
Tensor last_to_first(const Tensor& x) { return transpose(x, {0, 3, 1, 2}); }

// What holds for every layer on images: the shape that it announces is the shape that it gives,
// also for parts that are unknown, and both data formats are transposes of each other.
template <class T, class Options>
void check_layer(Options options, const Shape& shape = {2, 5, 7, 3}) {
  const VariableStore store;
  T last(options);
  options.data_format = "channels_first";
  T first(options);
  const Tensor x = random(shape), y = last(x), y_first = first(last_to_first(x));
  CHECK(y.shape() == last.compute_output_shape(shape));
  CHECK(y_first.shape() == first.compute_output_shape(last_to_first(x).shape()));
  const Shape unknown =
      last.compute_output_shape({Shape::unknown, Shape::unknown, Shape::unknown, 3});
  CHECK(unknown.rank() == y.rank());
  CHECK(unknown[0] == Shape::unknown);
  const Tensor back = y.rank() == 4 ? first_to_last(y_first) : y_first;
  REQUIRE(back.shape() == y.shape());
  CHECK(max(abs(back - y)).item() <= 1e-14);  // a mean may be summed in another order
  CHECK(last(zeros({0, shape[1], shape[2], shape[3]})).shape()[0] == 0);
  CHECK(last(cast(x, float32)).dtype() == float32);
  CHECK(check_gradients([&](const Tensor& t) { return last(t); }, random({1, 4, 3, 2})));
  const T again = T::from_config(last.get_config());
  CHECK(again.get_config() == last.get_config());
}

}  // namespace

TEST_CASE("max pooling keeps what every layer on images keeps") {
  check_layer<MaxPooling2D, Pooling2DOptions>({});
  check_layer<MaxPooling2D, Pooling2DOptions>({.pool_size = {2, 3}, .strides = 1});
  check_layer<MaxPooling2D, Pooling2DOptions>(
      {.pool_size = 3, .strides = {2, 1}, .padding = "SAME"});
}

TEST_CASE("average pooling keeps what every layer on images keeps") {
  check_layer<AveragePooling2D, Pooling2DOptions>({});
  check_layer<AveragePooling2D, Pooling2DOptions>(
      {.pool_size = 3, .strides = {2, 1}, .padding = "same"});
}

TEST_CASE("global pooling keeps what every layer on images keeps") {
  check_layer<GlobalAveragePooling2D, GlobalPooling2DOptions>({});
  check_layer<GlobalAveragePooling2D, GlobalPooling2DOptions>({.keepdims = true});
  check_layer<GlobalMaxPooling2D, GlobalPooling2DOptions>({});
  check_layer<GlobalMaxPooling2D, GlobalPooling2DOptions>({.keepdims = true});
}

TEST_CASE("padding, cropping and upsampling keep what every layer on images keeps") {
  check_layer<ZeroPadding2D, ZeroPadding2DOptions>({});
  check_layer<ZeroPadding2D, ZeroPadding2DOptions>({.padding = {{1, 0}, {2, 3}}});
  check_layer<Cropping2D, Cropping2DOptions>({});
  check_layer<Cropping2D, Cropping2DOptions>({.cropping = 1});
  check_layer<Cropping2D, Cropping2DOptions>({.cropping = {{1, 0}, {0, 2}}});
  check_layer<UpSampling2D, UpSampling2DOptions>({.size = {2, 3}});
  check_layer<UpSampling2D, UpSampling2DOptions>({.size = 2, .interpolation = "bilinear"});
}

TEST_CASE("pooling takes the largest or the mean of each window, its strides those of the pool") {
  const VariableStore store;
  const Tensor x = reshape(arange(16, float64), {1, 4, 4, 1});
  CHECK(MaxPooling2D({.pool_size = 2})(x).to_vector() == std::vector<double>{5, 7, 13, 15});
  CHECK(AveragePooling2D()(x).to_vector() == std::vector<double>{2.5, 4.5, 10.5, 12.5});
  CHECK(MaxPooling2D({.pool_size = {1, 4}})(x).to_vector() == std::vector<double>{3, 7, 11, 15});
  CHECK(GlobalAveragePooling2D()(x).to_vector() == std::vector<double>{7.5});
  CHECK(GlobalMaxPooling2D({.keepdims = true})(x).shape() == Shape{1, 1, 1, 1});
}

TEST_CASE("no global pool takes images without positions, whoever asks") {
  const auto check = [](auto layer, const Shape& empty) {
    CHECK_THROWS_WITH_AS(layer->compute_output_shape(empty),
                         doctest::Contains("an image must have at least one position; got "),
                         ValueError);
    CHECK_THROWS_WITH_AS((*layer)(ones(empty)),
                         doctest::Contains("an image must have at least one position; got "),
                         ValueError);
  };
  const VariableStore store;
  for (const char* format : {"channels_last", "channels_first"})
    for (bool rows : {true, false}) {
      const bool last = std::string(format) == "channels_last";
      const Index h = rows ? 0 : 4, w = rows ? 4 : 0;
      const Shape empty = last ? Shape{2, h, w, 3} : Shape{2, 3, h, w};
      check(std::make_unique<GlobalMaxPooling2D>(GlobalPooling2DOptions{.data_format = format}),
            empty);
      check(std::make_unique<GlobalAveragePooling2D>(GlobalPooling2DOptions{.data_format = format}),
            empty);
    }
}

// Proves: 0 too-small input
TEST_CASE("no layer makes empty images, whoever asks") {
  const auto refuses = [](const auto& options, auto layer, const Shape& small, const char* sizes) {
    using T = typename decltype(layer)::type;
    const auto check = [&](auto f) {
      CHECK_THROWS_WITH_AS(f(),
                           doctest::Contains("input must leave at least one output position; got "),
                           ValueError);
      CHECK_THROWS_WITH_AS(f(), doctest::Contains(sizes), ValueError);
    };
    const VariableStore store;
    T fresh(options), used(options), built(options), unbuilt(options);
    used(ones({2, 9, 9, 9}));
    check([&] { return fresh.compute_output_shape(small); });
    check([&] { return fresh(ones(small)); });
    check([&] { return used(ones(small)); });
    check([&] {
      unbuilt.build(small);
      return 0;
    });
    CHECK(unbuilt.variables().empty());
    built.build({Shape::unknown, 9, Shape::unknown, 9});
    check([&] { return built(ones(small)); });
    Sequential net("net");
    net.add<T>(options);
    net.add<Flatten>();
    check([&] { return net(ones(small)); });
    check([&] {
      net.build(small);
      return 0;
    });
    CHECK(used(ones({0, 9, 9, 9})).shape()[0] == 0);  // no samples are no shrunk images
  };
  const auto refuses_all = [&](auto options, auto layer) {
    for (const char* format : {"channels_last", "channels_first"}) {
      options.data_format = format;
      const bool last = std::string(format) == "channels_last";
      const auto sized = [&](Index h, Index w) {
        return last ? Shape{2, h, w, 9} : Shape{2, 9, h, w};
      };
      options.padding = "valid";
      refuses(options, layer, sized(2, 5), "a window of (3, 4), which leaves (0, ");
      refuses(options, layer, sized(5, 3), "a window of (3, 4), which leaves (");
      refuses(options, layer, sized(1, 1),
              "a window of (3, 4), which leaves (0, 0); enlarge the "
              "input or use padding 'same'");
      options.padding = "same";
      refuses(options, layer, sized(0, 5), "a window of (3, 4), which leaves (0, ");
    }
  };
  const Pair size{3, 4};
  for (const int stride : {1, 2, 5}) {
    const Pooling2DOptions pooling{.pool_size = size, .strides = stride};
    refuses_all(pooling, std::type_identity<MaxPooling2D>());
    refuses_all(pooling, std::type_identity<AveragePooling2D>());
    refuses_all(Conv2DOptions{.filters = 2, .kernel_size = size, .strides = stride},
                std::type_identity<Conv2D>());
    refuses_all(DepthwiseConv2DOptions{.kernel_size = size, .strides = stride},
                std::type_identity<DepthwiseConv2D>());
    refuses_all(SeparableConv2DOptions{.filters = 2, .kernel_size = size, .strides = stride},
                std::type_identity<SeparableConv2D>());
  }
}

TEST_CASE("zero padding puts zeros where it is told to") {
  const VariableStore store;
  const Tensor x({{{{1}, {2}}}}, float64);
  CHECK(ZeroPadding2D({.padding = {{1, 0}, {0, 2}}})(x).to_vector() ==
        std::vector<double>{0, 0, 0, 0, 1, 2, 0, 0});
  CHECK(ZeroPadding2D({.padding = {0, 1}})(x).to_vector() == std::vector<double>{0, 1, 2, 0});
}

TEST_CASE("cropping leaves out what it is told to, and all but nothing") {
  const VariableStore store;
  const Tensor x = reshape(arange(12, float64), {1, 3, 4, 1});
  CHECK(Cropping2D({.cropping = {{1, 0}, {0, 2}}})(x).to_vector() ==
        std::vector<double>{4, 5, 8, 9});
  CHECK(Cropping2D({.cropping = {1, 0}})(x).to_vector() == std::vector<double>{4, 5, 6, 7});
  CHECK(Cropping2D()(x).to_vector() == x.to_vector());
  Cropping2D layer({.cropping = {{1, 2}, 0}, .name = "crop"});
  const char* const message =
      "crop: cropping must leave at least one row and one column; got ((1, 2), (0, 0)) of "
      "(1, 3, 4, 1)";
  CHECK_THROWS_WITH_AS(layer(x), message, ValueError);
  CHECK_THROWS_WITH_AS(layer.build(x.shape()), message, ValueError);
  CHECK_THROWS_WITH_AS(layer.compute_output_shape(x.shape()), message, ValueError);
  CHECK(layer.compute_output_shape({1, Shape::unknown, 4, 1}) == Shape{1, Shape::unknown, 4, 1});
  CHECK(layer(zeros({0, 4, 4, 1})).shape() == Shape{0, 1, 4, 1});
}

TEST_CASE("upsampling repeats rows and columns") {
  const VariableStore store;
  const Tensor x({{{{1}, {2}}}}, float64);
  CHECK(UpSampling2D({.size = {1, 2}})(x).to_vector() == std::vector<double>{1, 1, 2, 2});
}

TEST_CASE("layers on images refuse what has no meaning") {
  const VariableStore store;
  CHECK_THROWS_WITH_AS(MaxPooling2D({.pool_size = {2, 0}}),
                       "max_pooling2d: pool_size must be two numbers >= 1; got (2, 0)", ValueError);
  CHECK_THROWS_WITH_AS(MaxPooling2D({.strides = -1}),
                       "max_pooling2d: strides must be two numbers >= 0; got (-1, -1)", ValueError);
  CHECK_THROWS_WITH_AS(AveragePooling2D({.padding = "full"}),
                       "average_pooling2d: padding must be 'valid' or 'same'; got 'full'",
                       ValueError);
  CHECK_THROWS_WITH_AS(
      GlobalMaxPooling2D({.data_format = "NHWC"}),
      "global_max_pooling2d: data_format must be 'channels_last' or 'channels_first'; got "
      "'nhwc'",
      ValueError);
  CHECK_THROWS_WITH_AS(UpSampling2D({.size = 0}),
                       "up_sampling2d: size must be two numbers >= 1; got (0, 0)", ValueError);
  CHECK_THROWS_WITH_AS(UpSampling2D({.interpolation = "cubic"}),
                       "up_sampling2d: interpolation must be nearest or bilinear; got 'cubic'",
                       ValueError);
  CHECK_THROWS_WITH_AS(ZeroPadding2D({.padding = {{0, -1}, 0}}),
                       "zero_padding2d: padding must be >= 0; got ((0, -1), (0, 0))", ValueError);
  CHECK_THROWS_WITH_AS(Cropping2D({.cropping = {{0, -1}, 0}}),
                       "cropping2d: cropping must be >= 0; got ((0, -1), (0, 0))", ValueError);
  CHECK_THROWS_AS(MaxPooling2D()(ones({2, 3, 4})), ValueError);
}
