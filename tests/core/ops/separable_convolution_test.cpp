#include <doctest/doctest.h>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/runtime/memory.h>
#include <reel/core/runtime/parallel.h>

#include "random_separable.h"

using namespace reel;
using naive::Arguments;
using naive::arguments_of;
using naive::cast_to;
using naive::compute;
using naive::difference;
using naive::random_separable;
using naive::Results;
using naive::Separable;

namespace {

constexpr unsigned seed = 19700101;

// Large enough for several tasks, tiles, strips and parts, of sizes that divide by nothing.
std::vector<Separable> large() {
  const naive::Convolution image{.batch = 1,
                                 .rows = 75,
                                 .columns = 41,
                                 .channels = 64,
                                 .kernel_rows = 3,
                                 .kernel_columns = 3,
                                 .same = true};
  naive::Convolution strided = image, dilated = image, batch = image, odd = image, wide = image;
  strided.row_stride = strided.column_stride = 2;
  strided.kernel_rows = 5;
  dilated.row_dilation = 3;
  dilated.column_dilation = 2;
  dilated.same = false;
  batch.batch = 13;
  batch.rows = 14;
  batch.columns = 13;
  batch.channels = 32;
  odd.channels = 17;
  odd.filters = 3;
  odd.batch = 2;
  wide.batch = 4;
  wide.rows = wide.columns = 5;
  wide.channels = 300;
  std::vector<Separable> cases;
  for (const auto& c : {image, strided, dilated, batch, odd, wide})
    for (bool channels_first : {false, true}) {
      naive::Convolution d = c;
      d.channels_first = channels_first;
      d.filters = std::max<Index>(1, c.filters);
      cases.emplace_back(d, c.channels == 300 ? 67 : 11, true, c.batch == 13);
    }
  return cases;
}

}  // namespace

TEST_CASE("a separable convolution is the sum of the definition, forward and in all gradients") {
  naive::Generator generator(seed);
  for (int i = 0; i < 300; ++i) {
    const Separable s = random_separable(generator);
    CAPTURE(seed);
    CAPTURE(i);
    CAPTURE(s.str());
    const Arguments a = arguments_of(s, generator, float64);
    const Results results = compute(s, a);
    REQUIRE(results.y.shape() == s.y_shape());
    REQUIRE(difference(s, a, results) < 1e-13);
  }
}

TEST_CASE("a separable convolution of many tiles and strips is the same sum, in both dtypes") {
  naive::Generator generator(seed + 1);
  for (const Separable& s : large())
    for (DType dtype : {float32, float64}) {
      CAPTURE(s.str());
      const Arguments a = arguments_of(s, generator, dtype);
      CHECK(difference(s, a, compute(s, a)) < (dtype == float32 ? 1e-5 : 1e-13));
    }
}

TEST_CASE("the bits of convolutions do not depend on the number of threads") {
  const int threads_before = num_threads();
  naive::Generator generator(seed + 2);
  for (const Separable& s : large()) {
    CAPTURE(s.str());
    const Arguments a = arguments_of(s, generator, float32);
    const ConvolutionOptions options = s.depthwise.options();
    const Tensor w = cast_to(generator.tensor({2, 3, s.depthwise.channels, 5}), float32);
    const auto all = [&] {
      Results results = compute(s, a);
      results.gradients.push_back(results.y);
      const Tensor middle = depthwise_conv2d(a.x, a.d, options);
      const Tensor y = conv2d(a.x, w, options);
      for (const Tensor& t :
           {middle, depthwise_conv2d_input_gradient(a.x.shape(), a.d, middle, options),
            depthwise_conv2d_filter_gradient(a.x, a.d.shape(), middle, options), y,
            conv2d_input_gradient(a.x.shape(), w, y, options),
            conv2d_filter_gradient(a.x, w.shape(), y, options)})
        results.gradients.push_back(t);
      std::vector<naive::Values> values;
      for (const Tensor& t : results.gradients) values.push_back(t.to_vector());
      return values;
    };
    set_num_threads(1);
    const auto expected = all();
    for (int threads : {2, 3, 4, 7}) {
      set_num_threads(threads);
      CAPTURE(threads);
      CHECK(all() == expected);
    }
    set_num_threads(threads_before);
  }
}

TEST_CASE("a separable convolution's gradients are right to second order") {
  naive::Generator generator(seed + 3);
  for (int i = 0; i < 12; ++i) {
    const naive::Convolution c = generator.small_convolution(true);
    const Separable s(c, 2, true, false);
    CAPTURE(s.str());
    const Arguments a = arguments_of(s, generator, float64);
    CHECK(check_gradients(
        [&](const std::vector<Tensor>& xs) {
          return separable_conv2d(xs[0], xs[1], xs[2], xs[3], c.options());
        },
        {a.x, a.d, a.p, a.b}));
  }
}

TEST_CASE("relu fused into a separable convolution is differentiable to second order") {
  // Results of about 3 and -3, far from the kink.
  const Tensor x = full({1, 3, 3, 1}, 0.5, float64), d = full({2, 2, 1, 1}, 0.7, float64);
  const Tensor p({{{{1.5, -1.5}}}}, float64), b({1.0, -1.0}, float64);
  const auto f = [](const std::vector<Tensor>& xs) {
    return separable_conv2d(xs[0], xs[1], xs[2], xs[3], {.padding = "same"}, FusedActivation::relu);
  };
  const auto y = f({x, d, p, b}).to_vector();
  CHECK(y[1] == 0);
  CHECK(y[0] > 2);
  CHECK(check_gradients(f, {x, d, p, b}));
}

TEST_CASE("NaN passes through the fused relu") {
  const Tensor y = separable_conv2d(full({1, 1, 1, 1}, NAN), ones({1, 1, 1, 1}), ones({1, 1, 1, 2}),
                                    Tensor(), {}, FusedActivation::relu);
  for (double value : y.to_vector()) CHECK(std::isnan(value));
}

TEST_CASE("each gradient of a separable convolution is the same when it alone is wanted") {
  naive::Generator generator(seed + 4);
  for (bool relu : {false, true}) {
    naive::Convolution c = generator.convolution(true);
    c.batch = 2;
    c.rows = 6;
    c.same = true;
    const Separable s(c, 3, true, relu);
    const Arguments a = arguments_of(s, generator, float64);
    const Results together = compute(s, a);
    const std::vector<Tensor> sources{a.x, a.d, a.p, a.b};
    for (std::size_t i = 0; i < sources.size(); ++i) {
      Tape tape;
      tape.watch(sources[i]);
      const Tensor y = separable_conv2d(a.x, a.d, a.p, a.b, c.options(),
                                        relu ? FusedActivation::relu : FusedActivation::none);
      const Tensor alone = tape.gradient(y, sources[i], {.output_gradients = {a.dy}});
      CHECK(alone.to_vector() == together.gradients[i].to_vector());
    }
  }
}

TEST_CASE("a separable convolution of empty inputs is empty, its gradients are zero") {
  for (const Shape& shape : {Shape{0, 5, 5, 2}, Shape{2, 2, 5, 2}}) {
    const Tensor x = zeros(shape), d = ones({3, 3, 2, 1}), p = ones({1, 1, 2, 4}), b = ones({4});
    Tape tape;
    for (const Tensor& t : {x, d, p, b}) tape.watch(t);
    const Tensor y = separable_conv2d(x, d, p, b);
    CHECK(y.size() == 0);
    const auto gradients = tape.gradient(y, std::vector{x, d, p, b});
    CHECK(gradients[0].shape() == x.shape());
    for (const Tensor& gradient : gradients)
      CHECK(gradient.to_vector() == std::vector<double>(gradient.to_vector().size(), 0.0));
  }
}

TEST_CASE("without channels or filters of them a separable convolution is its bias") {
  for (const char* format : {"channels_last", "channels_first"})
    for (const Index channels : {0, 3}) {
      const Index multiplier = channels > 0 ? 0 : 2;
      const bool first = format == std::string("channels_first");
      const Tensor x = ones(first ? Shape{2, channels, 5, 5} : Shape{2, 5, 5, channels});
      const Tensor d = ones({3, 3, channels, multiplier}), p = ones({1, 1, 0, 4}), b = ones({4});
      Tape tape;
      for (const Tensor& t : {x, d, p, b}) tape.watch(t);
      const Tensor y = separable_conv2d(x, d, p, b, {.data_format = format});
      CHECK(y.to_vector() == std::vector<double>(2 * 3 * 3 * 4, 1.0));
      const std::vector<Tensor> gradients = tape.gradient(y, std::vector{x, d, p, b});
      CHECK(sum(abs(gradients[0])).item() == 0);
      CHECK(gradients[1].shape() == d.shape());
      CHECK(gradients[2].shape() == p.shape());
      CHECK(gradients[3].to_vector() == std::vector<double>(4, 18.0));
    }
}

TEST_CASE("a dilation far beyond the image takes no memory for what lies between its taps") {
  for (const char* format : {"channels_last", "channels_first"})
    for (const Index channels : {1, 3}) {
      const bool first = format == std::string("channels_first");
      const Tensor x = ones(first ? Shape{1, channels, 4, 4} : Shape{1, 4, 4, channels});
      const Tensor d = ones({3, 3, channels, 1}), p = ones({1, 1, channels, 2});
      memory::reset_peak();
      Tape tape;
      for (const Tensor& t : {x, d, p}) tape.watch(t);
      const Tensor y = separable_conv2d(
          x, d, p, Tensor(), {.padding = "same", .data_format = format, .dilations = 4000});
      const std::vector<Tensor> gradients = tape.gradient(y, std::vector{x, d, p});
      CHECK(memory::stats().peak_scratch < (1 << 20));
      // The tap in the middle is the only one that meets the image.
      CHECK(y.to_vector() == std::vector<double>(32, static_cast<double>(channels)));
      CHECK(gradients[0].to_vector() ==
            std::vector<double>(static_cast<std::size_t>(x.size()), 2.0));
      CHECK(sum(gradients[1], {2, 3}).to_vector() ==
            std::vector<double>{0, 0, 0, 0, 32.0 * static_cast<double>(channels), 0, 0, 0, 0});
      CHECK(gradients[2].to_vector() ==
            std::vector<double>(static_cast<std::size_t>(p.size()), 16.0));
    }
}

TEST_CASE("a separable convolution takes variables and records one node") {
  Variable d(ones({3, 3, 2, 1})), p(ones({1, 1, 2, 4})), b(zeros({4}));
  const Tensor x = ones({1, 5, 5, 2});
  Tape tape;
  const Tensor y = separable_conv2d(x, d, p, b);
  CHECK(tape.size() == 4);  // three reads and the op
  CHECK(tape.gradient(y, std::vector{d, p, b}).size() == 3);
}

TEST_CASE("a separable convolution's errors say what must hold and what was given") {
  const Tensor x = zeros({1, 5, 5, 3}), d = zeros({3, 3, 3, 2}), p = zeros({1, 1, 6, 4});
  const Tensor none;
  CHECK_THROWS_WITH_AS(separable_conv2d(zeros({5, 5, 3}), d, p, none),
                       "separable_conv2d: the input must have rank 4; got (5, 5, 3)", ValueError);
  CHECK_THROWS_WITH_AS(separable_conv2d(x, zeros({3, 3, 3}), p, none),
                       "separable_conv2d: the kernel must have rank 4; got (3, 3, 3)", ValueError);
  CHECK_THROWS_WITH_AS(separable_conv2d(zeros({1, 5, 5, 2}), d, p, none),
                       "separable_conv2d: input channels must be 3 (axis -1); got (1, 5, 5, 2)",
                       ValueError);
  for (const Shape& shape : {Shape{1, 1, 3, 4}, Shape{6, 4}, Shape{1, 2, 6, 4}})
    CHECK_THROWS_WITH_AS(separable_conv2d(x, d, zeros(shape), none),
                         fmt::format("separable_conv2d: the pointwise kernel must have shape "
                                     "(1, 1, 6, filters); got {}",
                                     shape)
                             .c_str(),
                         ValueError);
  CHECK_THROWS_WITH_AS(separable_conv2d(x, d, p, zeros({6})),
                       "separable_conv2d: bias must have shape (4,); got (6,)", ValueError);
  CHECK_THROWS_WITH_AS(separable_conv2d(x, d, p, none, {.strides = {1, 0}}),
                       "separable_conv2d: strides must be >= 1; got (1, 0)", ValueError);
  CHECK_THROWS_WITH_AS(separable_conv2d(x, d, zeros({1, 1, 6, 4}, float64), none),
                       "separable_conv2d: dtypes must be equal; got float64 and float32; use cast",
                       TypeError);
  CHECK_THROWS_WITH_AS(
      separable_conv2d(x, d, p, none, {.dilations = 4}),
      "separable_conv2d: the output's size must be >= 0; got an input of 5 x 5 and, "
      "with its dilation, a kernel of 9 x 9; enlarge the input or use 'same' padding",
      ValueError);
}
