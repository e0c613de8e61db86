// The switch between fast and naive kernels: its names, its errors, the environment, and that every
// op with two kernels asks it.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include <reel/core/ops.h>
#include <reel/core/runtime/memory.h>

#include "with_kernels.h"

using namespace reel;
using reel::testing::WithKernels;

namespace {

// Whether the environment of this process asks for these kernels.
bool environment_says(std::string_view name) {
  const char* const value = std::getenv("REEL_KERNELS");
  return value && value == name;
}

int one() { return 1; }
int two() { return 2; }

}  // namespace

TEST_CASE("kernels are chosen by name for all ops from then on") {
  const WithKernels guard("naive");
  CHECK(kernels_in_use() == "naive");
  CHECK(detail::kernel_in_use(one, two)() == 2);
  set_kernels("fast");
  CHECK(kernels_in_use() == "fast");
  CHECK(detail::kernel_in_use(one, two)() == 1);
}

TEST_CASE("an unknown name of kernels is an error and changes nothing") {
  const WithKernels guard("naive");
  CHECK_THROWS_WITH_AS(set_kernels("quick"),
                       "set_kernels: kernels must be 'fast' or 'naive'; got 'quick'", ValueError);
  CHECK_THROWS_WITH_AS(set_kernels(""), "set_kernels: kernels must be 'fast' or 'naive'; got ''",
                       ValueError);
  CHECK(kernels_in_use() == "naive");
}

TEST_CASE("a naive convolution lowers nothing into scratch") {
  const Tensor x = ones({1, 8, 8, 4}), w = ones({3, 3, 4, 4});
  const auto scratch_of = [&](const char* kernels) {
    const WithKernels guard(kernels);
    memory::reset_peak();
    const Tensor y = conv2d(x, w);
    return memory::stats().peak_scratch;
  };
  CHECK(scratch_of("fast") > 0);
  CHECK(scratch_of("naive") == 0);
}

TEST_CASE("REEL_KERNELS=naive makes all kernels naive until another choice" *
          doctest::skip(!environment_says("naive"))) {
  CHECK(kernels_in_use() == "naive");
  set_kernels("fast");
  CHECK(kernels_in_use() == "fast");
  set_kernels("naive");
}

// Which also shows that each of these ops asks.
TEST_CASE("an unknown REEL_KERNELS is an error of every op that has two kernels" *
          doctest::skip(!environment_says("quick"))) {
  const char* const message = "REEL_KERNELS: kernels must be 'fast' or 'naive'; got 'quick'";
  const Tensor x = ones({1, 4, 4, 2}), w = ones({3, 3, 2, 2}), y = ones({1, 2, 2, 2});
  const Tensor p = ones({1, 1, 4, 2}), z = ones({1, 2, 2, 4}), c = ones({2}), none;
  CHECK_THROWS_WITH_AS(kernels_in_use(), message, ValueError);
  CHECK_THROWS_WITH_AS(conv2d(x, w), message, ValueError);
  CHECK_THROWS_WITH_AS(conv2d_input_gradient(x.shape(), w, y), message, ValueError);
  CHECK_THROWS_WITH_AS(conv2d_filter_gradient(x, w.shape(), y), message, ValueError);
  CHECK_THROWS_WITH_AS(depthwise_conv2d(x, w), message, ValueError);
  CHECK_THROWS_WITH_AS(depthwise_conv2d_input_gradient(x.shape(), w, z), message, ValueError);
  CHECK_THROWS_WITH_AS(depthwise_conv2d_filter_gradient(x, w.shape(), z), message, ValueError);
  CHECK_THROWS_WITH_AS(separable_conv2d(x, w, p, none), message, ValueError);
  CHECK_THROWS_WITH_AS(max_pool2d(x), message, ValueError);
  CHECK_THROWS_WITH_AS(avg_pool2d(x), message, ValueError);
  CHECK_THROWS_WITH_AS(global_max_pool2d(x), message, ValueError);
  CHECK_THROWS_WITH_AS(upsample2d(x, 2), message, ValueError);
  CHECK_THROWS_WITH_AS(upsample2d(x, 2, "channels_last", Interpolation::bilinear), message,
                       ValueError);
  CHECK_THROWS_WITH_AS(batch_normalization(x, c, c), message, ValueError);
  CHECK_THROWS_WITH_AS(batch_normalization_inference(x, c, c, c, c), message, ValueError);
  CHECK_THROWS_WITH_AS(matmul(ones({2, 3}), ones({3, 2})), message, ValueError);
  set_kernels("fast");
  CHECK(conv2d(x, w).at(0, 0, 0, 0) == 18);
}
