// What holds for every separable convolution, at random over its configurations.
//
// The first property is the contract as a whole: each configuration either gives the sum of the
// definition or is refused by a documented message. The others need no reference, so they also hold
// the naive kernels to account.
#include <doctest/doctest.h>

#include <numeric>

#include <reel/core/ops.h>
#include <reel/layers/separable_conv2d.h>

#include "random_separable.h"
#include "sizes_sweep.h"

using namespace reel;
using naive::Arguments;
using naive::arguments_of;
using naive::Generator;
using naive::Separable;
using naive::sweep;

namespace {

DType random_dtype(Generator& generator) { return generator.number(0, 1) ? float32 : float64; }

// All that can be asked for, also what cannot be done.
Separable anything(Generator& g) {
  const auto extent = [&] { return g.number(0, 19) == 0 ? 0 : g.number(1, 9); };
  const auto channels = [&] { return g.number(0, 9) == 0 ? g.number(15, 18) : g.number(1, 4); };
  const naive::Convolution c{.batch = g.number(0, 2),
                             .rows = extent(),
                             .columns = extent(),
                             .channels = g.number(0, 49) == 0 ? 0 : channels(),
                             .kernel_rows = g.number(1, 6),
                             .kernel_columns = g.number(1, 6),
                             .filters = g.number(1, 4),
                             .row_stride = g.step(),
                             .column_stride = g.step(),
                             .row_dilation = g.step(),
                             .column_dilation = g.step(),
                             .same = g.number(0, 1) == 1,
                             .channels_first = g.number(0, 1) == 1,
                             .depthwise = true};
  return {c, g.number(1, 5), g.number(0, 2) > 0, g.number(0, 1) == 1};
}

// What the layer must say; nothing where it must compute.
std::string refusal(const naive::Convolution& c) {
  const bool strided = c.row_stride > 1 || c.column_stride > 1;
  const bool dilated = c.row_dilation > 1 || c.column_dilation > 1;
  if (strided && dilated)
    return fmt::format(
        "layer: strides or dilation_rate must be 1, since strides > 1 are not defined together "
        "with dilation_rate > 1; got strides ({}, {}) and dilation_rate ({}, {})",
        c.row_stride, c.column_stride, c.row_dilation, c.column_dilation);
  if (c.channels == 0) return "layer: input: channels must be >= 1; got 0";
  const Shape output{std::max<Index>(c.output_rows(), 0), std::max<Index>(c.output_columns(), 0)};
  if (output.size() == 0)
    return fmt::format(
        "layer: input must leave at least one output position; got {} and a window of ({}, {}){}, "
        "which leaves {}; enlarge the input{}",
        c.x_shape(), c.kernel_rows, c.kernel_columns,
        dilated ? fmt::format(" with dilation_rate ({}, {})", c.row_dilation, c.column_dilation)
                : "",
        output, c.same ? "" : " or use padding 'same'");
  return "";
}

Tensor through_layer(const Separable& s, const Tensor& x, const std::vector<Tensor>& weights) {
  const naive::Convolution& c = s.depthwise;
  const ConvolutionOptions options = c.options();
  SeparableConv2D layer(
      {.filters = s.pointwise.filters,
       .kernel_size = {static_cast<int>(c.kernel_rows), static_cast<int>(c.kernel_columns)},
       .strides = options.strides,
       .padding = options.padding,
       .data_format = options.data_format,
       .dilation_rate = options.dilations,
       .depth_multiplier = c.filters,
       .activation = s.relu ? Activation("relu") : Activation(),
       .use_bias = s.bias,
       .name = "layer",
       .weights = weights});
  return layer(x);
}

// One that can be computed, without what is not linear.
Separable linear_one(Generator& generator) {
  Separable s = naive::random_separable(generator);
  s.bias = s.relu = false;
  return s;
}

Tensor convolve(const Separable& s, const Tensor& x, const Tensor& d, const Tensor& p) {
  return separable_conv2d(x, d, p, Tensor(), s.depthwise.options());
}

void require_equal(const Tensor& found, const Tensor& expected) {
  REQUIRE(found.shape() == expected.shape());
  REQUIRE(naive::difference(found, expected.to_vector()) < naive::bound(expected.dtype()));
}

// (N, H, W, C), in the data format of s.
std::vector<Index> positions(const Separable& s, Index n, Index h, Index w, Index c) {
  const Shape shape = naive::Convolution::shape(s.depthwise.channels_first, n, h, w, c);
  return {shape.begin(), shape.end()};
}

}  // namespace

TEST_CASE("a separable layer gives the sum of the definition, or refuses by a documented message") {
  sweep(1000000, 10000, [](Generator& generator) {
    const Separable s = anything(generator);
    const DType dtype = random_dtype(generator);
    CAPTURE(s.str());
    CAPTURE(dtype);
    const naive::Convolution& c = s.depthwise;
    const Tensor x = naive::cast_to(generator.tensor(c.x_shape()), dtype);
    std::vector<Tensor> weights;
    if (c.channels > 0)
      for (const Shape& shape :
           {c.w_shape(), Shape{1, 1, c.channels * c.filters, s.pointwise.filters}})
        weights.push_back(naive::cast_to(generator.tensor(shape), dtype));
    if (s.bias) weights.push_back(naive::cast_to(generator.tensor({s.pointwise.filters}), dtype));

    const VariableStore store;
    std::string said;
    Tensor y;
    try {
      y = through_layer(s, x, weights);
    } catch (const ValueError& error) {
      said = error.what();
    }
    REQUIRE(said == refusal(c));
    if (!said.empty()) return;
    REQUIRE(y.shape() == s.y_shape());
    const auto b = s.bias ? weights[2].to_vector() : naive::Values();
    const auto expected =
        s.forward(x.to_vector(), weights[0].to_vector(), weights[1].to_vector(), b);
    REQUIRE(naive::difference(y, expected) < naive::bound(dtype));
  });
}

TEST_CASE("a separable convolution is linear in its input and in each kernel") {
  sweep(2000000, 2000, [](Generator& generator) {
    const Separable s = linear_one(generator);
    const DType dtype = random_dtype(generator);
    CAPTURE(s.str());
    const Arguments one = arguments_of(s, generator, dtype),
                    two = arguments_of(s, generator, dtype);
    const auto mix = [](const Tensor& a, const Tensor& b) { return a * 0.75 - b * 1.5; };
    const Tensor y = convolve(s, one.x, one.d, one.p);
    require_equal(convolve(s, mix(one.x, two.x), one.d, one.p),
                  mix(y, convolve(s, two.x, one.d, one.p)));
    require_equal(convolve(s, one.x, mix(one.d, two.d), one.p),
                  mix(y, convolve(s, one.x, two.d, one.p)));
    require_equal(convolve(s, one.x, one.d, mix(one.p, two.p)),
                  mix(y, convolve(s, one.x, one.d, two.p)));
  });
}

TEST_CASE("with stride 1, a moved image gives the moved result") {
  sweep(3000000, 2000, [](Generator& generator) {
    Separable s = linear_one(generator);
    s.depthwise.row_stride = s.depthwise.column_stride = 1;
    if (!s.depthwise.possible()) s.depthwise.same = true;
    s = Separable(s.depthwise, s.pointwise.filters, false, false);
    CAPTURE(s.str());
    const Arguments a = arguments_of(s, generator, random_dtype(generator));
    const Index down = generator.number(0, 4), right = generator.number(0, 4);
    CAPTURE(down);
    CAPTURE(right);
    const auto in_canvas = [&](bool moved) {
      const std::array<Index, 2> none{0, 0}, rows{moved ? down : 0, moved ? 0 : down};
      const std::array<Index, 2> columns{moved ? right : 0, moved ? 0 : right};
      const auto paddings = s.depthwise.channels_first ? std::vector{none, none, rows, columns}
                                                       : std::vector{none, rows, columns, none};
      return convolve(s, pad(a.x, paddings), a.d, a.p);
    };
    const auto size = positions(s, s.depthwise.batch, s.depthwise.output_rows(),
                                s.depthwise.output_columns(), s.pointwise.filters);
    require_equal(slice(in_canvas(true), positions(s, 0, down, right, 0), size),
                  slice(in_canvas(false), positions(s, 0, 0, 0, 0), size));
  });
}

TEST_CASE("channels_first is the transpose of channels_last, forward and in all gradients") {
  sweep(4000000, 2000, [](Generator& generator) {
    Separable last = naive::random_separable(generator);
    last.depthwise.channels_first = last.pointwise.channels_first = false;
    last.relu = false;  // whose kink may fall between two roundings
    Separable first = last;
    first.depthwise.channels_first = first.pointwise.channels_first = true;
    CAPTURE(last.str());
    const Arguments a = arguments_of(last, generator, random_dtype(generator));
    Arguments b = a;
    b.x = transpose(a.x, {0, 3, 1, 2});
    b.dy = transpose(a.dy, {0, 3, 1, 2});
    const naive::Results of_last = compute(last, a), of_first = compute(first, b);
    require_equal(transpose(of_first.y, {0, 2, 3, 1}), of_last.y);
    require_equal(transpose(of_first.gradients[0], {0, 2, 3, 1}), of_last.gradients[0]);
    for (std::size_t i = 1; i < of_last.gradients.size(); ++i)
      require_equal(of_first.gradients[i], of_last.gradients[i]);
  });
}

TEST_CASE("permuting the multipliers of a depthwise kernel permutes the channels of its result") {
  sweep(5000000, 2000, [](Generator& generator) {
    const Separable s = linear_one(generator);
    CAPTURE(s.str());
    const Arguments a = arguments_of(s, generator, random_dtype(generator));
    const auto multiplier = static_cast<std::int32_t>(s.depthwise.filters);
    std::vector<std::int32_t> order(static_cast<std::size_t>(multiplier)), channels;
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t i = order.size(); i-- > 1;)
      std::swap(order[i],
                order[static_cast<std::size_t>(generator.number(0, static_cast<Index>(i)))]);
    for (std::int32_t c = 0; c < s.depthwise.channels; ++c)
      for (const std::int32_t m : order) channels.push_back(c * multiplier + m);

    const Tensor d = gather(a.d, order, 3);
    const ConvolutionOptions options = s.depthwise.options();
    require_equal(
        depthwise_conv2d(a.x, d, options),
        gather(depthwise_conv2d(a.x, a.d, options), channels, s.depthwise.channels_first ? 1 : 3));
    require_equal(convolve(s, a.x, d, gather(a.p, channels, 2)), convolve(s, a.x, a.d, a.p));
  });
}

TEST_CASE("a batch gives what its images give one by one") {
  sweep(6000000, 2000, [](Generator& generator) {
    Separable s = linear_one(generator);
    s.depthwise.batch = generator.number(1, 5);
    s = Separable(s.depthwise, s.pointwise.filters, false, false);
    CAPTURE(s.str());
    const Arguments a = arguments_of(s, generator, random_dtype(generator));
    std::vector<Tensor> results;
    for (const Tensor& image : split(a.x, static_cast<int>(s.depthwise.batch)))
      results.push_back(convolve(s, image, a.d, a.p));
    require_equal(convolve(s, a.x, a.d, a.p), concat(results));
  });
}
