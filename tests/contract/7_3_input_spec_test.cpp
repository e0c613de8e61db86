// Contract 7.3: what an input spec may say. That inputs are held against it: layer_test, 7.4.
#include "separable.h"

using namespace reel;
using namespace reel::test;

namespace {

struct Demanding : Layer {
  explicit Demanding(InputSpec spec) : Layer("demanding") { set_input_spec(std::move(spec)); }
};

}  // namespace

// Proves: InputSpecTest.test_axes_initialization
TEST_CASE("7.3 an input spec refuses an axis that its rank does not have") {
  CHECK_NOTHROW(Demanding({.rank = 4, .axes = {{.axis = 3, .size = 5}, {.axis = -4, .size = 2}}}));
  CHECK_NOTHROW(Demanding({.axes = {{.axis = 7, .size = 5}}}));  // of any rank
  CHECK_THROWS_WITH_AS(Demanding({.rank = 4, .axes = {{.axis = 4, .size = 5}}}),
                       "demanding: input_spec: axis must be in [-4, 4) for rank 4; got 4",
                       ValueError);
  CHECK_THROWS_WITH_AS(Demanding({.max_rank = 3, .axes = {{.axis = -4, .size = 5}}}),
                       "demanding: input_spec: axis must be in [-3, 3) for rank 3; got -4",
                       ValueError);
}

// Proves: SeparableConv2DTest.testInvalidStrides; SeparableConv2DTest.testInvalidKernelSize;
//   ConvTest.testInvalidDataFormat; test_normalize_tuple; 1.1 pairs in a config
TEST_CASE("7.3 in a config, a pair is an integer or two") {
  for (const char* field : {"kernel_size", "strides", "dilation_rate"})
    for (const ConfigValue& value :
         {ConfigValue(), ConfigValue("3"), ConfigValue(2.5), ConfigValue((Index{1} << 32) + 3),
          ConfigValue(ConfigValue::List{}), ConfigValue(ConfigValue::List{1, 2, 3}),
          ConfigValue(ConfigValue::List{1, nullptr})}) {
      Config config{{"filters", 2}, {"kernel_size", 3}};
      config.set(field, value);
      const std::string message =
          fmt::format("separable_conv2d: config entry {} must be an integer or two; got {}", field,
                      Config{{field, value}}.json());
      CHECK_THROWS_WITH_AS(SeparableConv2D::from_config(config), message.c_str(), ValueError);
    }
}

// Proves: test_convert_data_format
TEST_CASE("7.3 test_convert_data_format: ops take the layers' names, for images only") {
  const Tensor x = images({2, 3, 5, 6}), w = ones({1, 1, 1, 2});
  for (const char* format : {"channels_last", "channels_first"}) {
    const Index channels = std::string(format) == "channels_last" ? 6 : 3;
    const Tensor kernel = pattern(5, -2)({2, 2, channels, 4}, float32);
    const SeparableConv2D layer({.filters = 1, .kernel_size = 2, .data_format = format});
    const Tensor y = conv2d(x, kernel, {.data_format = format});
    CHECK(layer.convolution_op(x, kernel).to_vector() == y.to_vector());
    CHECK(y.shape() == (channels == 6 ? Shape{2, 2, 4, 4} : Shape{2, 4, 4, 5}));
    for (const Shape& shape : {Shape{5, 1, 1}, Shape{1, 1, 1, 1, 1}})  // NWC and NDHWC there
      CHECK_THROWS_AS(conv2d(ones(shape), w, {.data_format = format}), ValueError);
  }
  for (const char* format : {"NHWC", "NCHW", "invalid"}) {
    const std::string rest =
        fmt::format("data_format must be 'channels_last' or 'channels_first'; got '{}'",
                    std::string(format) == "invalid" ? "invalid"
                    : std::string(format) == "NHWC"  ? "nhwc"
                                                     : "nchw");
    CHECK_THROWS_WITH_AS(conv2d(x, w, {.data_format = format}), ("conv2d: " + rest).c_str(),
                         ValueError);
    check_refused<ValueError>({.filters = 1, .kernel_size = 2, .data_format = format},
                              "separable_conv2d: " + rest);
  }
}
