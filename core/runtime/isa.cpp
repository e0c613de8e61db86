#include <reel/core/runtime/isa.h>

#include <algorithm>
#include <cstdlib>

#include <reel/core/error.h>

namespace reel::kernels {
namespace {

// __builtin_cpu_supports asks the operating system too (XGETBV), not only the CPU.
Isa best_of_this_cpu() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return Isa::sse2;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return Isa::avx512;
  return Isa::avx2;
#else
  return Isa::sse2;
#endif
}

}  // namespace

std::string_view name_of(Isa isa) {
  return isa == Isa::sse2 ? "sse2" : isa == Isa::avx2 ? "avx2" : "avx512";
}

Isa highest_allowed(const char* value) {
  if (!value || !*value) return Isa::avx512;
  for (Isa isa : {Isa::sse2, Isa::avx2, Isa::avx512})
    if (name_of(isa) == value) return isa;
  throw ValueError("REEL_ISA: must be sse2, avx2 or avx512; got {}", value);
}

Isa isa() {
  static const Isa chosen = std::min(best_of_this_cpu(), highest_allowed(std::getenv("REEL_ISA")));
  return chosen;
}

}  // namespace reel::kernels
