// Fixed numbers in [-1, 1) without a pattern that a wrong rule could hide behind.
//
// Weights of ones would hide every mistake that cancels in a sum. Not from the random ops: a check
// must not move the draws of the program that it checks, nor change with its seed, so that a
// failure is the same tomorrow. Internal. Read before: tensor.h. Read next:
// gradient_comparison.cpp.
#pragma once

#include <cstdint>

#include <reel/core/tensor.h>

namespace reel::detail {

inline Tensor random_numbers(const Shape& shape, std::uint64_t stream) {
  Tensor result = Tensor::empty(shape, float64);
  double* values = writable<double>(result);
  std::uint64_t state = 0x9e3779b97f4a7c15u * (stream + 1);
  for (Index i = 0; i < result.size(); ++i) {  // SplitMix64
    std::uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    values[i] = static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1.0;
  }
  return result;
}

}  // namespace reel::detail
