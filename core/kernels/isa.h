// One kernel source, machine code for several instruction sets, one of them chosen per process.
//
// A file listed in `kernel_sources` (core/meson.build) is compiled once for each set, with
// -DREEL_ISA=sse2, avx2 (with FMA) or avx512 (F, BW, DQ, VL); elsewhere than on x86-64 only once,
// as `sse2`, which then stands for what the compiler does by default. A family of kernels is:
//
//   core/kernels/foo.h           struct Foo { void (*twice)(const float* x, float* y, Index n); };
//                                const Foo& foo(sse2::Set);    // one line a set
//                                const Foo& foo(avx2::Set);
//                                const Foo& foo(avx512::Set);
//                                inline const Foo& foo() {
//                                  static const Foo& chosen = for_this_cpu(
//                                      [](auto set) -> const Foo& { return foo(set); });
//                                  return chosen;
//                                }
//   core/kernels/foo_kernels.cpp namespace reel::kernels {
//                                namespace REEL_ISA { namespace { void twice(...) { plain loop } }
//                                } const Foo& foo(REEL_ISA::Set) {
//                                  static constexpr Foo table{REEL_ISA::twice};
//                                  return table;
//                                }
//                                }
//
// Plain loops that the compiler vectorises: 32 and 64 byte vectors come with the flags. Invariant:
// such a source instantiates nothing outside its namespace, no std::min and no inline function of
// another header, or the linker may keep the AVX-512 copy of it for everybody. It includes only
// headers of plain structs; tests/isa_symbols_test.sh looks at the symbols. The sets may differ in
// the last bit (FMA); on one machine the choice is always the same. Example: elementwise.h.
#pragma once

#include <string_view>

namespace reel::kernels {

enum class Isa { sse2, avx2, avx512 };

std::string_view name_of(Isa isa);

/// The best set that this CPU and its system offer. REEL_ISA=sse2, avx2 or avx512 in the
/// environment lowers it, for tests; another value there is a ValueError.
Isa isa();

namespace sse2 {
struct Set {};
}  // namespace sse2
namespace avx2 {
struct Set {};
}  // namespace avx2
namespace avx512 {
struct Set {};
}  // namespace avx512

/// f(set) with the tag of the chosen set.
template <class F>
decltype(auto) for_this_cpu(F f) {
#if defined(__x86_64__)
  if (isa() == Isa::avx512) return f(avx512::Set{});
  if (isa() == Isa::avx2) return f(avx2::Set{});
#endif
  return f(sse2::Set{});
}

}  // namespace reel::kernels
