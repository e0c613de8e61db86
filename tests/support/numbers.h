// Numbers for tests of kernels: of both signs, exact in every float type, and with a prime period,
// so that no row or column of a matrix is the same as another by chance.
#pragma once

#include <vector>

#include <reel/core/dtype.h>

namespace reel {

template <class T>
std::vector<T> numbers(Index count, Index seed) {
  std::vector<T> result(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = static_cast<T>((static_cast<Index>(i) * 37 + seed * 11) % 61 - 30) / T(32);
  return result;
}

}  // namespace reel
