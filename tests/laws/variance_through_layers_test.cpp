// What variance scaling is for: activations that neither fade nor blow up through many layers.
#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/ops.h>
#include <reel/core/ops/random.h>
#include <reel/layers/depthwise_conv2d.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/separable_conv2d.h>

using namespace reel;

namespace {

// The mean square of a layer's result over that of its input, for each of ten layers in a row;
// averaged over some nets.
template <class L>
std::vector<double> growth(const typename L::Options& options, Index channels) {
  constexpr int nets = 8;
  const auto mean_square = [](const Tensor& x) { return mean(square(x)).item(); };
  std::vector<double> result(10);
  for (std::uint64_t net = 0; net < nets; ++net) {
    const VariableStore store;
    const RandomScope draws({.seed = net});
    Tensor x = randn({1, 24, 24, channels});  // of which valid padding leaves 4 x 4
    for (double& g : result) {
      const Tensor y = L(options)(x);
      g += mean_square(y) / mean_square(x) / nets;
      x = y;
    }
  }
  return result;
}

void check_steady(const std::vector<double>& growths) {
  for (double g : growths) {
    CHECK(g > 0.8);
    CHECK(g < 1.25);
  }
}

}  // namespace

TEST_CASE("depthwise_variance_scaling keeps the variance through ten separable layers") {
  for (const char* distribution : {"truncated_normal", "untruncated_normal", "uniform"})
    check_steady(growth<SeparableConv2D>(
        {.filters = 128,
         .kernel_size = 3,
         .depthwise_initializer = depthwise_variance_scaling({.distribution = distribution}),
         .pointwise_initializer = "lecun_normal"},
        128));
}

TEST_CASE("with relu, which halves the mean square, twice the variance keeps it") {
  check_steady(growth<SeparableConv2D>({.filters = 128,
                                        .kernel_size = 3,
                                        .depth_multiplier = 2,
                                        .activation = "relu",
                                        .depthwise_initializer = depthwise_variance_scaling(),
                                        .pointwise_initializer = "he_normal"},
                                       128));
}

TEST_CASE("the reference's fans shrink each depthwise layer by its number of channels") {
  for (double g :
       growth<DepthwiseConv2D>({.kernel_size = 3, .depthwise_initializer = "lecun_normal"}, 128))
    CHECK(g * 128 == doctest::Approx(1).epsilon(0.5));
}
