#include "fma_peak.h"

#include <algorithm>
#include <chrono>
#include <functional>
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
  for (const Vector sum : sums) asm volatile("" ::"m"(sum));  // somebody wants them
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
  std::vector<double> best(static_cast<std::size_t>(threads), 1e30);
  const auto repeat = [&](double& fastest) {
    for (int i = 0; i < 20; ++i) {
      const auto start = std::chrono::steady_clock::now();
      loop.run();
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
      fastest = std::min(fastest, seconds.count());
    }
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < best.size(); ++i) others.emplace_back(repeat, std::ref(best[i]));
  repeat(best[0]);
  for (std::thread& other : others) other.join();
  double sum = 0;
  for (double seconds : best) sum += 2.0 * chains * loop.floats * steps / seconds * 1e-9;
  return sum;
}
