// What a training step of one layer takes beside its input, output and gradients; what a tape that
// is given away saves.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include <reel/core/ops.h>
#include <reel/core/ops/random.h>
#include <reel/core/runtime/memory.h>
#include <reel/core/runtime/parallel.h>
#include <reel/core/tape.h>

using namespace reel;

namespace {

constexpr Index mebibyte = 1 << 20;

struct Sizes {
  Index batch, rows, channels, filters, multiplier = 1;
  Index kernel = 3;
};

// Forward and backward of y = f(arguments), and what may be taken for the sums of kernel gradients.
template <class F>
void check_extra_memory(const std::vector<Tensor>& arguments, Index sums, const F& f) {
  for (const int threads : {1, 2}) {
    CAPTURE(threads);
    set_num_threads(threads);
    memory::reset_peak();
    const memory::Stats before = memory::stats();
    Tensor y;
    std::vector<Tensor> gradients;
    {
      Tape tape;
      for (const Tensor& argument : arguments) tape.watch(argument);
      y = f();
      gradients = std::move(tape).gradient(y, arguments,
                                           {.output_gradients = {zeros(y.shape(), y.dtype())}});
    }
    const memory::Stats after = memory::stats();
    const auto number = static_cast<Index>(size_of(y.dtype()));
    const Index dy = static_cast<Index>(y.bytes()) * 5 / 4, record = mebibyte / 2;
    const Index partials = std::min(16 * mebibyte, 7 * sums * number * 5 / 4);
    const Index allowed = 4 * mebibyte * threads + partials;
    CHECK(after.peak_scratch <= allowed);
    CHECK(after.peak_live - after.live <= allowed + dy + record);
    CHECK(after.scratch == before.scratch);
  }
}

void check_separable(const Sizes& s, DType dtype, bool channels_first) {
  CAPTURE(s.channels);
  CAPTURE(s.rows);
  CAPTURE(dtype);
  CAPTURE(channels_first);
  const Tensor x = zeros(channels_first ? Shape{s.batch, s.channels, s.rows, s.rows}
                                        : Shape{s.batch, s.rows, s.rows, s.channels},
                         dtype);
  const Index depth = s.channels * s.multiplier;
  const Tensor d = zeros({s.kernel, s.kernel, s.channels, s.multiplier}, dtype);
  const Tensor p = zeros({1, 1, depth, s.filters}, dtype), b = zeros({s.filters}, dtype);
  const ConvolutionOptions options{
      .padding = "same", .data_format = channels_first ? "channels_first" : "channels_last"};
  check_extra_memory({x, d, p, b}, d.size() + p.size() + b.size(),
                     [&] { return separable_conv2d(x, d, p, b, options); });
}

void check_dense(const Sizes& s, bool channels_first) {
  CAPTURE(s.channels);
  CAPTURE(s.rows);
  CAPTURE(channels_first);
  const Tensor x = zeros(channels_first ? Shape{s.batch, s.channels, s.rows, s.rows}
                                        : Shape{s.batch, s.rows, s.rows, s.channels});
  const Tensor w = zeros({s.kernel, s.kernel, s.channels, s.filters});
  const ConvolutionOptions options{
      .padding = "same", .data_format = channels_first ? "channels_first" : "channels_last"};
  check_extra_memory({x, w}, w.size(), [&] { return conv2d(x, w, options); });
}

// The most that a step of y = tanh(y) * w takes, 16 times, each tensor a mebibyte: the gradients of
// the w pile up while the sweep goes back over what the forward pass kept.
Index peak_of_sweep(bool give_away) {
  const std::vector<Tensor> weights = [] {
    std::vector<Tensor> made;
    for (int i = 0; i < 16; ++i) made.push_back(ones({mebibyte / 4}));
    return made;
  }();
  memory::reset_peak();
  const Index before = memory::stats().live;
  Tape tape;
  for (const Tensor& w : weights) tape.watch(w);
  Tensor loss;
  {
    Tensor y = ones({mebibyte / 4});
    for (const Tensor& w : weights) y = sqrt(y) * w;
    loss = sum(y);
  }
  const std::vector<Tensor> gradients =
      give_away ? std::move(tape).gradient(loss, weights) : tape.gradient(loss, weights);
  return memory::stats().peak_live - before;
}

}  // namespace

TEST_CASE("a separable layer's step takes 4 MiB a thread and 16 MiB of partial sums, no more") {
  const int threads_before = num_threads();
  for (const bool channels_first : {false, true}) {
    check_separable({2, 28, 64, 64}, float32, channels_first);
    check_separable({2, 28, 64, 64}, float64, channels_first);
    check_separable({1, 112, 32, 64}, float32, channels_first);
    check_separable({1, 28, 2048, 16}, float32, channels_first);
    check_separable({4, 7, 1024, 1024}, float32, channels_first);
    check_separable({1, 7, 2048, 2048}, float32, channels_first);
    check_separable({1, 5, 1024, 1024}, float64, channels_first);
    check_separable({8, 28, 512, 512}, float64, channels_first);
  }
  set_num_threads(threads_before);
}

TEST_CASE("the depthwise result of 24 MiB is never stored") {
  const int threads_before = num_threads();
  check_separable({.batch = 8, .rows = 56, .channels = 32, .filters = 8, .multiplier = 8}, float32,
                  false);
  set_num_threads(threads_before);
}

TEST_CASE("a dense convolution with a wide kernel keeps to the same scratch") {
  const int threads_before = num_threads();
  for (const bool channels_first : {false, true}) {
    check_dense({2, 14, 256, 256}, channels_first);
    check_dense({2, 7, 512, 512}, channels_first);
    check_dense({2, 16, 512, 16}, channels_first);
    check_dense({.batch = 1, .rows = 14, .channels = 128, .filters = 64, .kernel = 5},
                channels_first);
  }
  set_num_threads(threads_before);
}

TEST_CASE("a tape that is given away frees as the sweep passes") {
  const Index kept = peak_of_sweep(false), given_away = peak_of_sweep(true);
  CHECK(kept > 32 * mebibyte);        // what the rules hold, and all gradients
  CHECK(given_away < 24 * mebibyte);  // a gradient takes the place of what its rule held
}
