#include "fma_peak.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

namespace {

constexpr int chains = 14;  // independent, so that latency hides; all in registers under AVX2, too
constexpr int steps = 200'000;

// Inlined into a function for each instruction set, whose code it becomes (built with
// -ffp-contract=fast, which makes one instruction of the product and the sum).
template <int floats>
[[gnu::always_inline]] inline void multiply_add() {
  typedef float Vector __attribute__((vector_size(floats * 4)));
  const Vector factor = Vector{} + 0.999f, term = Vector{} + 1e-3f;
  Vector sums[chains];
  for (int i = 0; i < chains; ++i) sums[i] = Vector{} + static_cast<float>(i);
  for (int step = 0; step < steps; ++step)
    for (int i = 0; i < chains; ++i) sums[i] = sums[i] * factor + term;
  for (int i = 0; i < chains; ++i) asm volatile("" ::"v"(sums[i]));  // somebody wants them
}

#if defined(__x86_64__)
[[gnu::target("avx512f")]] void with_avx512() { multiply_add<16>(); }
[[gnu::target("avx2,fma")]] void with_avx2() { multiply_add<8>(); }
#endif
void with_sse2() { multiply_add<4>(); }

struct Loop {
  void (*run)();
  int floats;
};

Loop widest() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return {with_avx512, 16};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {with_avx2, 8};
#endif
  return {with_sse2, 4};
}

}  // namespace

double fma_peak(int threads) {
  const Loop loop = widest();
  double best = 1e30;
  for (int repeat = 0; repeat < 20; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> others;
    for (int i = 1; i < threads; ++i) others.emplace_back(loop.run);
    loop.run();
    for (std::thread& other : others) other.join();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::min(best, seconds.count());
  }
  return 2.0 * threads * chains * loop.floats * steps / best * 1e-9;
}
