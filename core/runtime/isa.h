// One kernel source, machine code for several instruction sets, one of them chosen per process.
//
// A file listed in `kernel_sources` (core/meson.build) is compiled once for each set, with
// -DREEL_ISA=sse2, avx2 (with FMA) or avx512 (F, BW, DQ, VL); elsewhere than on x86-64 only once,
// as `sse2`, which then stands for what the compiler does by default. It holds plain loops, which
// the compiler vectorises. A family of kernels is two files, as reduction.h and
// reduction_kernels.cpp:
//
// 1. foo.h declares a struct of function pointers, a function `const Foo& foo(avx2::Set)` for the
//    tag of each set, and `foo()`, which keeps the answer of `for_this_cpu` in a static reference;
// 2. foo_kernels.cpp defines the loops in `namespace reel::kernels::REEL_ISA`, unnamed inside, and
//    `const Foo& foo(REEL_ISA::Set)`, which returns a constexpr table of them.
//
// Invariant: such a source instantiates nothing outside its namespace, no std::min and no inline
// function of another header, or the linker may keep the AVX-512 copy of it for everybody. It
// includes headers of plain structs only; tests/core/runtime/isa_symbols_test.sh looks at the
// symbols. The price: the sets may differ in the last bit (FMA), though on one machine the choice
// is always the same.
#pragma once

#include <string_view>

namespace reel::kernels {

enum class Isa { sse2, avx2, avx512 };

std::string_view name_of(Isa isa);

/// The best set that this CPU and its system offer, or the one that REEL_ISA names in the
/// environment if that is lower: for tests. Decided at the first call.
Isa isa();

/// What a value of REEL_ISA allows: sse2, avx2 or avx512; all if it is null or empty. ValueError.
Isa highest_allowed(const char* value);

namespace sse2 {
struct Set {};
}  // namespace sse2
namespace avx2 {
struct Set {};
}  // namespace avx2
namespace avx512 {
struct Set {};
}  // namespace avx512

/// f(set) with the tag of the chosen set. Asked once a family, so kept out of where that is.
template <class F>
[[gnu::noinline]] decltype(auto) for_this_cpu(F f) {
#if defined(__x86_64__)
  if (isa() == Isa::avx512) return f(avx512::Set{});
  if (isa() == Isa::avx2) return f(avx2::Set{});
#endif
  return f(sse2::Set{});
}

}  // namespace reel::kernels
