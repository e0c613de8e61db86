// Two kernels for one definition: how far apart they are, in time and in numbers.
//
// The naive kernels are the loops of the definitions, a page each. The fast ones add the same
// products in another order, in blocks that stay in cache, on vectors and threads. set_kernels
// switches a whole program over, and so does REEL_KERNELS=naive in front of it: to step through a
// convolution in a debugger, or to ask whether a strange result is the kernel's fault. Times are
// the best of several runs; an error is the largest difference, relative to the largest number,
// which is rounding as long as it stays near 1e-6 in float32.
// Read before: kernel_choice.h. Read next: naive_separable.cpp.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <vector>

#include <reel/core/ops.h>
#include <reel/core/ops/random.h>
#include <reel/core/runtime/kernel_choice.h>
#include <reel/core/runtime/parallel.h>
#include <reel/core/tape.h>

#include "small_example.h"

using namespace reel;

namespace {

constexpr const char* help =
    "naive_and_fast: computes some ops and their gradients by the loops of their definitions and\n"
    "by the fast kernels, and prints the time that each takes and how far the results are apart.\n";

using Tensors = std::vector<Tensor>;

struct Row {
  const char* name;
  std::function<Tensor(const Tensors&)> op;
  Tensors arguments;
};

// The result of the op; or, where there is a gradient of it, those of all arguments.
Tensors compute(const Row& row, const Tensor& dy) {
  if (!dy.defined()) return {row.op(row.arguments)};
  Tape tape;
  for (const Tensor& argument : row.arguments) tape.watch(argument);
  const Tensor y = row.op(row.arguments);
  return tape.gradient(y, row.arguments, {.output_gradients = {dy}});
}

struct Run {
  Tensors results;
  double milliseconds;
};

// The best of three, or as many as fit into 50 ms: the first pays for memory and cold caches.
Run run(const Row& row, const Tensor& dy, const char* kernels) {
  using Clock = std::chrono::steady_clock;
  set_kernels(kernels);
  Run best{{}, 1e9};
  double total = 0;
  for (int i = 0; i < 3 || total < 50; ++i) {
    const auto start = Clock::now();
    best.results = compute(row, dy);
    const std::chrono::duration<double, std::milli> spent = Clock::now() - start;
    best.milliseconds = std::min(best.milliseconds, spent.count());
    total += spent.count();
  }
  return best;
}

double error(const Tensors& a, const Tensors& b) {
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double largest = std::max(max(abs(b[i])).item(), 1e-30);
    worst = std::max(worst, max(abs(a[i] - b[i])).item() / largest);
  }
  return worst;
}

// Prints a row and says whether the two agree.
bool compare(const Row& row, const Tensor& dy) {
  const Run naive = run(row, dy, "naive"), fast = run(row, dy, "fast");
  const double apart = error(fast.results, naive.results);
  fmt::print("{:<22} {:<14} {:>9.3f} ms {:>8.3f} ms {:>6.0f} x   {:.0e}\n", row.name,
             dy.defined() ? "with gradients" : "forward", naive.milliseconds, fast.milliseconds,
             naive.milliseconds / fast.milliseconds, apart);
  return apart < 1e-4;
}

// A 2 x 2 kernel over the corner of an image: few enough numbers for a pencil.
bool by_hand() {
  const Tensor x = reshape(Tensor({1, 2, 3, 4, 5, 6, 7, 8, 9}), {1, 3, 3, 1});
  const Tensor w = reshape(Tensor({1, 10, 100, 1000}), {2, 2, 1, 1});
  fmt::print("1 * 1 + 10 * 2 + 100 * 4 + 1000 * 5 = 5421\n");
  bool right = true;
  for (const char* kernels : {"naive", "fast"}) {
    set_kernels(kernels);
    const double corner = conv2d(x, w).at(0, 0, 0, 0);
    fmt::print("{:<5} conv2d: {}\n", kernels, corner);
    right = right && corner == 5421;
  }
  return right;
}

}  // namespace

int main(int argc, char** argv) {
  const SmallExample example(argc, argv, help);
  if (example.status) return *example.status;
  bool agree = by_hand();

  const RandomScope draws({.seed = 6});
  const ConvolutionOptions same{.padding = "same"};
  const Tensor x = randn({8, 28, 28, 16}), channel = randn({16}), none;
  const std::vector<Row> rows{
      {"separable 3x3, 16->32",
       [&](const Tensors& a) { return separable_conv2d(a[0], a[1], a[2], none, same); },
       {x, randn({3, 3, 16, 1}), randn({1, 1, 16, 32})}},
      {"dense 3x3, 16->32",
       [&](const Tensors& a) { return conv2d(a[0], a[1], same); },
       {x, randn({3, 3, 16, 32})}},
      {"depthwise 3x3, 16",
       [&](const Tensors& a) { return depthwise_conv2d(a[0], a[1], same); },
       {x, randn({3, 3, 16, 1})}},
      {"max pool 2x2", [](const Tensors& a) { return max_pool2d(a[0]); }, {x}},
      {"average pool 3x3 by 2",
       [](const Tensors& a) { return avg_pool2d(a[0], {.pool_size = 3, .strides = 2}); },
       {x}},
      {"batch normalization",
       [](const Tensors& a) { return batch_normalization(a[0], a[1], a[2]).y; },
       {x, channel, channel}},
      {"product 256x256x256",
       [](const Tensors& a) { return matmul(a[0], a[1]); },
       {randn({256, 256}), randn({256, 256})}},
  };
  fmt::print("\n8 images of 28 x 28 x 16, float32, {} thread{}\n\n", num_threads(),
             num_threads() == 1 ? "" : "s");
  fmt::print("{:<22} {:<14} {:>12} {:>11} {:>8}   {}\n", "op", "pass", "naive", "fast", "faster",
             "error");
  for (const Row& row : rows) {
    const Tensor dy = randn(row.op(row.arguments).shape());
    agree = compare(row, none) && agree;
    agree = compare(row, dy) && agree;
  }
  fmt::print("\n{}\n", agree ? "All agree up to rounding." : "Some differ by more than rounding.");
  return agree ? EXIT_SUCCESS : EXIT_FAILURE;
}
