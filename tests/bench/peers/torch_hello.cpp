// hello_bench.cpp in libtorch.
#include <sys/resource.h>
#include <torch/torch.h>

#include <cstdio>
#include <iostream>

int main() {
  const auto x = torch::tensor({1.0f, 2.0f, 3.0f}).set_requires_grad(true);
  const auto y = (x * x).sum();
  std::cout << torch::autograd::grad({y}, {x})[0] << '\n';
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("peak memory %ld MiB\n", usage.ru_maxrss / 1024);
}
