// Kernels of 16 MiB and more, whose gradients are cut over columns.
#include <doctest/doctest.h>

#include <vector>

#include <reel/core/ops.h>
#include <reel/core/ops/random.h>
#include <reel/core/runtime/memory.h>
#include <reel/core/runtime/parallel.h>
#include <reel/core/tape.h>

using namespace reel;

namespace {

constexpr Index channels = 1024, filters = 4099, few = 64;  // 4099 * 1024 * 4 bytes: above 16 MiB

// All gradients of a separable layer with relu, weighed by `dy`.
std::vector<Tensor> gradients_of(const std::vector<Tensor>& arguments, const Tensor& dy,
                                 const char* format) {
  Tape tape;
  for (const Tensor& argument : arguments) tape.watch(argument);
  const Tensor y =
      separable_conv2d(arguments[0], arguments[1], arguments[2], arguments[3],
                       {.padding = "same", .data_format = format}, FusedActivation::relu);
  return tape.gradient(y, arguments, {.output_gradients = {dy}});
}

double largest(const Tensor& x) { return max(abs(x)).item(); }

}  // namespace

TEST_CASE("the gradient of a wide kernel is, column by column, that of a narrow one") {
  const int threads_before = num_threads();
  const Tensor d = randn({3, 3, channels, 1}), p = randn({1, 1, channels, filters});
  const Tensor b = randn({filters});
  for (const bool channels_first : {false, true}) {
    CAPTURE(channels_first);
    const char* const format = channels_first ? "channels_first" : "channels_last";
    const Tensor x = randn(channels_first ? Shape{2, channels, 3, 2} : Shape{2, 3, 2, channels});
    const Tensor dy = randn(channels_first ? Shape{2, filters, 3, 2} : Shape{2, 3, 2, filters});
    set_num_threads(2);
    memory::reset_peak();
    const std::vector<Tensor> wide = gradients_of({x, d, p, b}, dy, format);
    CHECK(memory::stats().peak_scratch < (8 << 20));  // no second set of sums

    set_num_threads(1);
    const std::vector<Tensor> alone = gradients_of({x, d, p, b}, dy, format);
    for (int i = 0; i < 4; ++i) CHECK(all(equal(wide[i], alone[i])).item() == 1.0);

    for (const Index first : {Index{0}, filters / 2, filters - few}) {
      const Tensor narrow_dy = channels_first ? slice(dy, {0, first, 0, 0}, {2, few, 3, 2})
                                              : slice(dy, {0, 0, 0, first}, {2, 3, 2, few});
      const Tensor narrow_p = slice(p, {0, 0, 0, first}, {1, 1, channels, few});
      const std::vector<Tensor> narrow =
          gradients_of({x, d, narrow_p, slice(b, {first}, {few})}, narrow_dy, format);
      const Tensor wide_p = slice(wide[2], {0, 0, 0, first}, {1, 1, channels, few});
      CHECK(largest(wide_p - narrow[2]) <= 1e-5 * largest(narrow[2]));
    }
  }
  set_num_threads(threads_before);
}
