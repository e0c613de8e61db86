#include <reel/layers/base/image_shapes.h>

#include <reel/core/error.h>

namespace reel::detail {

void check_pair(const std::string& path, const char* argument, const Pair& pair, int least) {
  if (pair.rows < least || pair.columns < least)
    throw ValueError("{}: {} must be two numbers >= {}; got {}", path, argument, least,
                     text_of(pair));
}

void check_rank(const Shape& input, int rank) {
  if (input.rank() != rank)
    throw ValueError("the input must have rank {}; got shape {}", rank, input);
}

std::string text_of(const Pair& pair) { return fmt::format("({}, {})", pair.rows, pair.columns); }

int rows_axis(const DataFormat& data_format) {
  return data_format.kind("data_format") == DataFormat::channels_first ? 2 : 1;
}

}  // namespace reel::detail
