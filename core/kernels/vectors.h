// Numbers that one instruction works on, for kernel sources (isa.h) only.
//
// GCC's and clang's vector types: arithmetic on them is arithmetic on all their numbers, in the
// widest registers that the flags offer. They are for loops whose sums must stay in registers,
// where the compiler's own vectorisation cannot be relied upon.
#pragma once

#include <reel/core/dtype.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

#if defined(__AVX512F__)
constexpr int register_bytes = 64, registers = 32;
#elif defined(__AVX__)
constexpr int register_bytes = 32, registers = 16;
#else
constexpr int register_bytes = 16, registers = 16;
#endif

template <class T>
struct Vector {
  typedef T Type __attribute__((vector_size(register_bytes)));
  // The same at any address. It may alias what T may, and no more: sizes stay in registers.
  typedef T Unaligned __attribute__((vector_size(register_bytes), aligned(sizeof(T))));
  static constexpr Index width = register_bytes / static_cast<Index>(sizeof(T));

  static Type load(const T* from) { return *reinterpret_cast<const Unaligned*>(from); }
  static void store(T* to, Type v) { *reinterpret_cast<Unaligned*>(to) = v; }
};

// Count<n>::type is Numbers<0, 1, ..., n - 1>: to spell out a shuffle.
template <int... I>
struct Numbers {};
template <int n, int... I>
struct Count : Count<n - 1, n - 1, I...> {};
template <int... I>
struct Count<0, I...> {
  using type = Numbers<I...>;
};

// The same value, in a register for certain: GCC likes to read a number again from memory each time
// it is used, which costs what blocking is for.
template <class V>
V in_register(V v) {
#if defined(__x86_64__)
  asm("" : "+v"(v));
#endif
  return v;
}

}  // namespace
}  // namespace REEL_ISA
}  // namespace reel::kernels
