// CSV as numbers, and as numbers with a label in the first column.
#include <reel/core/io/csv.h>

#include "fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz(bytes, size, [](const auto& path) {
    reel::load_csv(path, {.header = false, .missing = reel::Missing::skip_row});
  });
  return fuzz(bytes, size, [](const auto& path) {
    reel::load_csv(path, {.label = "0", .header = false, .missing = reel::Missing::nan});
  });
}
