#include <doctest/doctest.h>

#include <sstream>

#include <reel/layers/activation_layer.h>
#include <reel/layers/add.h>
#include <reel/layers/batch_normalization.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/conv2d_transpose.h>
#include <reel/layers/cropping2d.h>
#include <reel/layers/dense.h>
#include <reel/layers/depthwise_conv2d.h>
#include <reel/layers/dropout.h>
#include <reel/layers/embedding.h>
#include <reel/layers/flatten.h>
#include <reel/layers/gaussian_noise.h>
#include <reel/layers/global_pooling2d.h>
#include <reel/layers/layer_normalization.h>
#include <reel/layers/permute.h>
#include <reel/layers/pooling2d.h>
#include <reel/layers/reports/summary.h>
#include <reel/layers/rescaling.h>
#include <reel/layers/separable_conv2d.h>
#include <reel/layers/sequential.h>
#include <reel/layers/up_sampling2d.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

// Of a net of one layer.
template <class L>
Index flops_of(typename L::Options options, const Shape& input) {
  const VariableStore store;
  L layer(std::move(options));
  return summary(layer, input).flops;
}

}  // namespace

TEST_CASE("a summary lists shapes, parameters, FLOPs, bytes and the cost of folded layers") {
  const VariableStore store;
  Sequential net("cnn");
  net.add<SeparableConv2D>({.filters = 32, .kernel_size = 3, .padding = "same"});
  net.add<BatchNormalization>({});
  net.add<Conv2D>({.filters = 40, .kernel_size = 3, .strides = 2, .trainable = false});
  net.add<Flatten>();
  net.add<Dense>({.units = 10});
  const Summary s = summary(net, {Shape::unknown, 28, 28, 1});
  // separable: 28 * 28 * (1 * 9 * 2 + 32 * (1 * 2 + 1)); folded: 28 * 28 * 32 * (9 * 2 + 1)
  CHECK(s.rows[1].flops == 89376);
  CHECK(s.rows[1].folded->flops == 476672);
  CHECK(s.rows[1].folded->parameters == 3 * 3 * 1 * 32 + 32);
  // 13 * 13 * 40 * (9 * 32 * 2 + 1)
  CHECK(s.rows[3].flops == 3900520);
  CHECK(s.flops == 89376 + 2 * 25088 + 3900520 + 0 + 10 * (6760 * 2 + 1));
  CHECK(s.bytes == 4 * (25088 + 25088 + 6760 + 10));  // flatten's result is the convolution's
  CHECK(s.str() ==
        "cnn: input (?, 28, 28, 1)\n"
        "layer                output           parameters  trainable   FLOPs     bytes\n"
        "separable_conv2d     (?, 28, 28, 32)          73         73  89.4 k  98.0 KiB\n"
        "  folded                                     320              477 k\n"
        "batch_normalization  (?, 28, 28, 32)         128         64  50.2 k  98.0 KiB\n"
        "conv2d               (?, 13, 13, 40)      11,560          0  3.90 M  26.4 KiB\n"
        "flatten              (?, 6760)                 0          0     0       0   B\n"
        "dense                (?, 10)              67,610     67,610   135 k    40   B\n"
        "total                                     79,371     67,747  4.18 M   222 KiB\n"
        "  folded                                  79,618             4.56 M\n"
        "FLOPs (a multiply-add is 2) and bytes of results: one image, forward\n");
}

TEST_CASE("layers below layers are indented, one that never ran says so, unknown FLOPs too") {
  struct Half : Layer {
    using Layer::Layer;
    Block& used = child<Block>("used");
    Affine& idle = child<Affine>("idle");
    Tensor call(const Tensor& x, const Call& call) override { return used(x, call); }
  };
  const VariableStore store;
  Half net("half");
  const Summary s = summary(net, {2, 3});
  CHECK(s.str() ==
        "half: input (2, 3)\n"
        "layer       output      parameters  trainable  FLOPs   bytes\n"
        "used        (2, 3)               0          0    ?     0   B\n"
        "  affine    (2, 3)               6          6    ?    24   B\n"
        "  affine_1  (2, 3)               6          6    ?    24   B\n"
        "idle        not called           0          0\n"
        "total                           12         12    0    48   B\n"
        "FLOPs (a multiply-add is 2) and bytes of results: this input, forward\n");
  std::ostringstream out;
  out << s;
  CHECK(out.str() == s.str());
}

TEST_CASE("a single layer is a row of its own") {
  const VariableStore store;
  Dense layer({.units = 2, .name = "head"});
  CHECK(summary(layer, {1, 3}).str() ==
        "head: input (1, 3)\n"
        "layer  output  parameters  trainable  FLOPs  bytes\n"
        "head   (1, 2)           8          8   14    8   B\n"
        "total                   8          8   14    8   B\n"
        "FLOPs (a multiply-add is 2) and bytes of results: this input, forward\n");
}

TEST_CASE("the FLOPs of each layer are those counted by hand") {
  // Output positions of 9 x 7 with kernel 3 x 2 and strides 2 and 1, valid: 4 x 6.
  CHECK(flops_of<SeparableConv2D>({.filters = 5,
                                   .kernel_size = {3, 2},
                                   .strides = {2, 1},
                                   .depth_multiplier = 2,
                                   .activation = "relu"},
                                  {2, 9, 7, 3}) ==
        2 * (4 * 6) * (6 * (3 * 2) * 2 + 5 * (6 * 2 + 1 + 1)));
  CHECK(flops_of<SeparableConv2D>({.filters = 5,
                                   .kernel_size = 3,
                                   .padding = "same",
                                   .data_format = "channels_first",
                                   .dilation_rate = 2,
                                   .use_bias = false},
                                  {1, 3, 8, 8}) == (8 * 8) * (3 * 9 * 2 + 5 * 3 * 2));
  CHECK(flops_of<Conv2D>({.filters = 5, .kernel_size = {3, 2}, .activation = "linear"},
                         {1, 9, 7, 3}) == (7 * 6) * 5 * (3 * 2 * 3 * 2 + 1));
  // 3 * 4 positions of the input meet 5 filters of 2 x 3 taps and 2 channels.
  CHECK(flops_of<Conv2DTranspose>(
            {.filters = 5, .kernel_size = {2, 3}, .strides = {2, 1}, .activation = "relu"},
            {1, 3, 4, 2}) == (3 * 4) * 2 * (2 * 3) * 5 * 2 + (6 * 6) * 5 * 2);
  CHECK(flops_of<LayerNormalization>({.scale = false}, {4, 5}) == 6 * 4 * 5);
  CHECK(flops_of<Rescaling>({.scale = 2}, {4, 5}) == 2 * 4 * 5);
  CHECK(flops_of<GaussianNoise>({.stddev = 1}, {6, 5}) == 0);
  CHECK(flops_of<Permute>({.dims = {1}}, {6, 5}) == 0);
  CHECK(flops_of<Cropping2D>({.cropping = 1}, {1, 3, 3, 2}) == 0);
  CHECK(flops_of<DepthwiseConv2D>({.kernel_size = 3, .depth_multiplier = 4}, {1, 5, 5, 2}) ==
        (3 * 3) * 8 * (9 * 2 + 1));
  CHECK(flops_of<Dense>({.units = 7, .use_bias = false}, {4, 5}) == 4 * 7 * 5 * 2);
  CHECK(flops_of<MaxPooling2D>({.pool_size = 2}, {1, 8, 8, 3}) == (4 * 4) * 3 * 4);
  CHECK(flops_of<GlobalAveragePooling2D>({}, {1, 8, 8, 3}) == 8 * 8 * 3);
  CHECK(flops_of<BatchNormalization>({}, {1, 8, 8, 3}) == 2 * 8 * 8 * 3);
  CHECK(flops_of<layers::Activation>({.activation = "tanh"}, {6, 5}) == 30);
  CHECK(flops_of<Dropout>({}, {6, 5}) == 0);
  CHECK(flops_of<UpSampling2D>({.size = 2}, {1, 3, 3, 2}) == 0);
  CHECK(flops_of<UpSampling2D>({.size = 2, .interpolation = "bilinear"}, {1, 3, 3, 2}) ==
        7 * 6 * 6 * 2);
}

TEST_CASE("a net of layers that make images larger prints as others do") {
  const VariableStore store;
  Sequential net("up");
  net.add<Embedding>({.input_dim = 10, .output_dim = 3});
  net.add<Rescaling>({.scale = 0.5});
  net.add<Conv2DTranspose>({.filters = 4, .kernel_size = 3, .strides = 2, .padding = "same"});
  net.add<GaussianNoise>({.stddev = 0.1});
  net.add<LayerNormalization>({});
  net.add<Cropping2D>({.cropping = 1});
  net.add<Permute>({.dims = {3, 1, 2}});
  CHECK(summary(net, {Shape::unknown, 5, 6}).str() ==
        "up: input (?, 5, 6)\n"
        "layer                output          parameters  trainable   FLOPs     bytes\n"
        "embedding            (?, 5, 6, 3)            30         30     0     360   B\n"
        "rescaling            (?, 5, 6, 3)             0          0   180     360   B\n"
        "conv2d_transpose     (?, 10, 12, 4)         112        112  6.96 k  1.88 KiB\n"
        "gaussian_noise       (?, 10, 12, 4)           0          0     0       0   B\n"
        "layer_normalization  (?, 10, 12, 4)           8          8  3.36 k  1.88 KiB\n"
        "cropping2d           (?, 8, 10, 4)            0          0     0    1.25 KiB\n"
        "permute              (?, 4, 8, 10)            0          0     0    1.25 KiB\n"
        "total                                       150        150  10.5 k  6.95 KiB\n"
        "FLOPs (a multiply-add is 2) and bytes of results: one image, forward\n");
}

TEST_CASE("a layer that is called twice costs twice; adding two tensors is one addition each") {
  struct Twice : Layer {
    using Layer::Layer;
    SeparableConv2D& conv =
        child<SeparableConv2D>({.filters = 2, .kernel_size = 1, .use_bias = false});
    Add& both = child<Add>({});
    Tensor call(const Tensor& x, const Call& call) override {
      return both({conv(x, call), conv(x * 2.0, call)}, call);
    }
  };
  const VariableStore store;
  Twice net("twice");
  const Summary s = summary(net, {1, 3, 3, 2});
  CHECK(s.rows[1].flops == 2 * 9 * (2 * 2 + 2 * 2 * 2));
  CHECK(s.rows[1].folded->flops == 2 * 9 * (2 * 2 * 2));
  CHECK(s.rows[1].bytes == 2 * 9 * 2 * 4);
  CHECK(s.rows[2].flops == 9 * 2);
}

TEST_CASE("units follow the size of a number, with three digits") {
  const auto shows = [](Index bytes, const char* text) {
    Summary s;
    s.bytes = bytes;
    return s.str().find(fmt::format(" {}\n", text)) != std::string::npos;
  };
  CHECK(shows(999, "999   B"));
  CHECK(shows(1023, "1.00 KiB"));
  CHECK(shows(10 << 10, "10.0 KiB"));
  CHECK(shows(999 << 10, "999 KiB"));
  CHECK(shows(Index{3} << 40, "3.00 TiB"));
  CHECK(shows(Index{5000} << 40, "5000 TiB"));
}

TEST_CASE("a summary leaves no losses of its call") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 1, .kernel_size = 1, .activity_regularizer = "l2"});
  summary(layer, {1, 4, 4, 1});
  CHECK(layer.losses().empty());
}

TEST_CASE("a layer that stands in several places is counted in the first") {
  struct Twins : Layer {
    Dense& dense = child<Dense>({.units = 3});
    Sequential& again = child<Sequential>("again");
    Twins() { again.share(dense); }
    Tensor call(const Tensor& x, const Call& how) override { return dense(x, how) + again(x, how); }
  };
  const VariableStore store;
  Twins net;
  const Summary shown = summary(net, {1, 3});
  CHECK(shown.rows.size() == 3);
  CHECK(shown.rows[1].flops == 2 * flops_of<Dense>({.units = 3}, {1, 3}));
  CHECK(shown.parameters == 12);
}
