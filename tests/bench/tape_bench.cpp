// What a node of the tape costs: forward, backward and the tape's end, of scalar and 16-element
// ops.
//
// One figure a line: graph, elements, nodes, nanoseconds a node (5th percentile and median of the
// repetitions). Absolute times mean little on a shared machine: compare with a peer in the same
// run.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include <reel/core/ops.h>

using namespace reel;

namespace {

double seconds_of(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void measure(const char* graph, Index elements, int nodes, const auto& step) {
  const Tensor x = full({elements}, 1.0001), w = full({elements}, 0.99999);
  std::vector<double> times;
  for (int repeat = 0; repeat < 30; ++repeat)
    times.push_back(seconds_of([&] {
      Tape tape;
      tape.watch(x);
      tape.watch(w);
      Tensor y = x;
      for (int i = 0; i < nodes; ++i) y = step(y, w, i);
      const Tensor dy = tape.gradient(y, std::vector{x, w})[0];
    }));
  std::sort(times.begin(), times.end());
  fmt::print("{:<12} {:>3} elements {:>7} nodes: {:6.0f} ns p5 {:6.0f} ns median\n", graph,
             elements, nodes, times[1] / nodes * 1e9, times[times.size() / 2] / nodes * 1e9);
}

}  // namespace

int main() {
  const auto mul_only = [](const Tensor& y, const Tensor& w, int) { return y * w; };
  const auto mul_add = [](const Tensor& y, const Tensor& w, int i) {
    return i % 2 ? y + w : y * w;
  };
  for (Index elements : {1, 16})
    for (int nodes : {2000, 100000}) {
      measure("mul", elements, nodes, mul_only);
      measure("mul, add", elements, nodes, mul_add);
    }
}
