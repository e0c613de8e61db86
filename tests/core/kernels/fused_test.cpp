// The fused separable convolution beside the ops that it is made of, forward and backward.
//
// Composed: depthwise, pointwise, bias, activation, each stored. The fused kernels cut the work
// into tiles of rows and keep nothing; here they meet every configuration, and tiles that begin at
// every row of an image.
#include <doctest/doctest.h>

#include <reel/core/kernels/convolution/lowering.h>
#include <reel/core/ops.h>

#include "random_separable.h"
#include "sizes_sweep.h"

using namespace reel;
using naive::Arguments;
using naive::Generator;
using naive::Results;
using naive::Separable;

namespace {

Results compose(const Separable& s, const Arguments& a) {
  const ConvolutionOptions options = s.depthwise.options();
  Tape tape;
  std::vector<Tensor> sources{a.x, a.d, a.p};
  if (s.bias) sources.push_back(a.b);
  for (const Tensor& source : sources) tape.watch(source);
  Tensor y = conv2d(depthwise_conv2d(a.x, a.d, options), a.p, {.data_format = options.data_format});
  if (s.bias) y = bias_add(y, a.b, options.data_format);
  if (s.relu) y = relu(y);
  return {y, tape.gradient(y, sources, {.output_gradients = {a.dy}})};
}

void require_fused_is_composed(const Separable& s, Generator& generator, DType dtype) {
  CAPTURE(s.str());
  CAPTURE(dtype);
  const Arguments a = arguments_of(s, generator, dtype);
  const Results fused = compute(s, a), composed = compose(s, a);
  REQUIRE(fused.y.shape() == composed.y.shape());
  REQUIRE(naive::difference(fused.y, composed.y.to_vector()) < naive::bound(dtype));
  REQUIRE(fused.gradients.size() == composed.gradients.size());
  for (std::size_t i = 0; i < fused.gradients.size(); ++i) {
    CAPTURE(i);
    REQUIRE(fused.gradients[i].shape() == composed.gradients[i].shape());
    REQUIRE(naive::difference(fused.gradients[i], composed.gradients[i].to_vector()) <
            naive::bound(dtype));
  }
}

// Ordinary ones, and those that are small in some way.
Separable any_size(Generator& generator) {
  Separable s = naive::random_separable(generator);
  naive::Convolution c = s.depthwise;
  switch (generator.number(0, 7)) {
    case 0:
      c.rows = c.columns = 1, c.same = true;
      break;
    case 1:
      c.channels = 1;
      break;
    case 2:
      c.channels = c.filters = 1;
      break;
    case 3:
      c.kernel_rows = c.kernel_columns = 7, c.same = true;
      break;  // larger than the image
    case 4:
      c.kernel_rows = c.kernel_columns = 1;
      break;
    case 5:
      c.batch = 0;
      break;
    default:
      break;
  }
  return {c, s.pointwise.filters, s.bias, s.relu};
}

}  // namespace

TEST_CASE("the fused separable convolution is the composed one, forward and in all gradients") {
  naive::sweep(7000000, 2000, [](Generator& generator) {
    const Separable s = any_size(generator);
    require_fused_is_composed(s, generator, generator.number(0, 1) ? float32 : float64);
  });
}

TEST_CASE("the fused separable convolution is the composed one for tiles that begin at any row") {
  naive::Convolution c{.columns = 48, .channels = 72, .filters = 1, .depthwise = true};
  const Index filters = 9;
  const Index tile_rows = kernels::tile_positions(72, filters, 8, true, true, false) / c.columns;
  REQUIRE(tile_rows >= 2);
  REQUIRE(tile_rows <= 6);
  unsigned seed = 8000000;
  for (c.batch = 1; c.batch <= 3; ++c.batch)
    for (c.rows = 1; c.rows <= 2 * tile_rows + 3; ++c.rows)
      for (c.kernel_rows = 1; c.kernel_rows <= 4; ++c.kernel_rows) {
        ++seed;
        if (seed % 4 != 0 && !naive::in_long_run()) continue;
        Generator generator(seed);
        c.row_stride = static_cast<int>(generator.number(1, 2));
        c.row_dilation = static_cast<int>(generator.number(1, 2));
        c.kernel_columns = generator.number(1, 3);
        c.channels_first = generator.number(0, 1) == 1;
        c.same = generator.number(0, 1) == 1;
        if (!c.possible()) c.same = true;
        require_fused_is_composed({c, filters, true, true}, generator, float64);
      }
}

TEST_CASE(
    "the fused separable convolution is the composed one for products that end at any column") {
  constexpr Index wide = 128;  // of the rows that see so many channels, a product takes some 60
  unsigned seed = 9000000;
  for (Index columns = 1; columns <= 140; ++columns) {
    ++seed;
    if (seed % 3 != 0 && !naive::in_long_run()) continue;
    Generator generator(seed);
    naive::Convolution c;
    c.rows = generator.number(1, 3);
    c.columns = columns;
    c.channels = wide;
    c.kernel_rows = generator.number(1, 2);
    c.kernel_columns = generator.number(1, 3);
    c.depthwise = c.same = true;
    for (const bool channels_first : {false, true}) {
      c.channels_first = channels_first;
      require_fused_is_composed({c, wide, true, true}, generator,
                                generator.number(0, 1) ? float32 : float64);
    }
  }
}
