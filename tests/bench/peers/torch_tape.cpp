// tape_bench.cpp in libtorch: what a node costs, forward, backward and the graph's end.
#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace {

template <class Step>
void measure(const char* graph, int elements, int nodes, const Step& step) {
  const auto x = torch::full({elements}, 1.0001f).set_requires_grad(true);
  const auto w = torch::full({elements}, 0.99999f).set_requires_grad(true);
  std::vector<double> times;
  for (int repeat = 0; repeat < 9; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    {
      torch::Tensor y = x;
      for (int i = 0; i < nodes; ++i) y = step(y, w, i);
      torch::autograd::grad({y.sum()}, {x, w});
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    times.push_back(seconds.count());
  }
  std::sort(times.begin(), times.end());
  std::printf("%-12s %3d elements %7d nodes: %6.0f ns p5 %6.0f ns median\n", graph, elements, nodes,
              times.front() / nodes * 1e9, times[times.size() / 2] / nodes * 1e9);
  std::fflush(stdout);
}

}  // namespace

int main() {
  at::set_num_threads(1);
  const auto mul_only = [](const torch::Tensor& y, const torch::Tensor& w, int) { return y * w; };
  const auto mul_add = [](const torch::Tensor& y, const torch::Tensor& w, int i) {
    return i % 2 ? y + w : y * w;
  };
  for (int elements : {1, 16})
    for (int nodes : {2000, 100000}) {
      measure("mul", elements, nodes, mul_only);
      measure("mul, add", elements, nodes, mul_add);
    }
}
