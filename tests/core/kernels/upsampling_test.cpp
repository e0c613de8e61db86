// Upsampling against known values; gradients against differences, in both layouts.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>

#include "largest_difference.h"

using namespace reel;
using reel::testing::largest_difference;

TEST_CASE("nearest upsampling repeats rows and columns") {
  const Tensor x = reshape(Tensor({1, 2, 3, 4}), {1, 2, 2, 1});
  const Tensor y = upsample2d(x, {2, 3});
  CHECK(y.shape() == Shape{1, 4, 6, 1});
  CHECK(y.to_vector() == std::vector<double>{1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2,  //
                                             3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4});
}

TEST_CASE("bilinear upsampling interpolates between the centres of the pixels") {
  const Tensor x = reshape(Tensor({0, 4, 8, 12}, float64), {1, 2, 2, 1});
  const Tensor y = upsample2d(x, 2, "channels_last", Interpolation::bilinear);
  CHECK(y.to_vector() == std::vector<double>{0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12});
}

TEST_CASE("bilinear upsampling of a linear ramp is the ramp between the outermost centres") {
  const Tensor x = reshape(arange(5, float64), {1, 1, 5, 1});
  const std::vector<double> y =
      upsample2d(x, {1, 3}, "channels_last", Interpolation::bilinear).to_vector();
  for (std::size_t q = 0; q < 15; ++q) {
    const double centre = (static_cast<double>(q) + 0.5) / 3 - 0.5;
    CHECK(std::abs(y[q] - std::clamp(centre, 0.0, 4.0)) < 1e-14);
  }
}

TEST_CASE("upsampling has first and second gradients in both layouts") {
  for (const Interpolation kind : {Interpolation::nearest, Interpolation::bilinear})
    for (const char* data_format : {"channels_last", "channels_first"})
      for (const Pair size : {Pair(2), Pair(3, 1), Pair(1, 4)}) {
        const auto f = [&](const Tensor& v) {
          return exp(upsample2d(v / 50.0, size, data_format, kind));
        };
        CHECK(check_gradients(f, reshape(linspace(-50, 50, 12, float64), {1, 3, 2, 2}),
                              {.order = 2}));
      }
}

TEST_CASE("upsampling of channels_first images equals that of channels_last ones") {
  const Tensor x = reshape(linspace(-50, 50, 120, float64), {2, 3, 4, 5});
  for (const Interpolation kind : {Interpolation::nearest, Interpolation::bilinear})
    CHECK(largest_difference(
              transpose(upsample2d(transpose(x, {0, 3, 1, 2}), {2, 3}, "channels_first", kind),
                        {0, 2, 3, 1}),
              upsample2d(x, {2, 3}, "channels_last", kind)) < 1e-12);
}
