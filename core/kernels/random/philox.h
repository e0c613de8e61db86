// The loops of random numbers: Philox4x32-10 blocks side by side, and dropout.
//
// A block is a function of a 64-bit key and a 128-bit counter {block, draw}; that makes the loop
// over blocks one that the compiler vectorises, since nothing goes from one to the next.
// Source: Salmon, Moraes, Dror and Shaw (2011). Read before: isa.h. Read next: random.h.
#pragma once

#include <cstdint>
#include <type_traits>

#include <reel/core/dtype.h>
#include <reel/core/runtime/isa.h>

namespace reel::kernels {

struct PhiloxKey {
  std::uint32_t low, high;
};

template <class T>
using DropoutLoop = void (*)(const T* x, const std::uint32_t* words, std::uint32_t bound, T scale,
                             T* y, Index n);

struct Philox {
  /// The four words of each of `blocks` blocks, from the counter {first_block, draw} on.
  void (*blocks)(PhiloxKey key, std::uint64_t first_block, std::uint64_t draw, Index blocks,
                 std::uint32_t* words);
  /// y = x * scale where the word is not below `bound`, else 0; y does not overlap x.
  DropoutLoop<float> dropout_float;
  DropoutLoop<double> dropout_double;

  template <class T>
  DropoutLoop<T> dropout() const {
    if constexpr (std::is_same_v<T, float>)
      return dropout_float;
    else
      return dropout_double;
  }
};

const Philox& philox(sse2::Set);
const Philox& philox(avx2::Set);
const Philox& philox(avx512::Set);

/// The kernels for this CPU.
inline const Philox& philox() {
  static const Philox& chosen = for_this_cpu([](auto set) -> const Philox& { return philox(set); });
  return chosen;
}

}  // namespace reel::kernels
