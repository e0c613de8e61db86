// Files of weights.
#include <reel/core/io/safetensors.h>

#include "fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return fuzz(bytes, size, [](const auto& path) { reel::load_safetensors(path); });
}
