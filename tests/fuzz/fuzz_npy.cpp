// Arrays of NumPy as tensors and as integers.
#include <reel/core/io/npy.h>

#include "fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz(bytes, size, [](const auto& path) { reel::load_npy(path); });
  return fuzz(bytes, size, [](const auto& path) { reel::load_npy_integers(path); });
}
