// Pictures: PGM and PPM, and PNG and JPEG where reel was built with their libraries.
#include <reel/core/io/picture.h>

#include "fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return fuzz(bytes, size, [](const auto& path) {
    const reel::Picture picture = reel::load_picture(path);
    if (static_cast<reel::Index>(picture.pixels.size()) != picture.shape.size()) std::abort();
  });
}
