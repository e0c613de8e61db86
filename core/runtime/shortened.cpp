#include <reel/core/error.h>

namespace reel::detail {

std::string shortened(std::string text) {
  constexpr std::size_t most = 4096, end = 1024;  // of all, and of each end that is kept
  if (text.size() <= most) return text;
  const auto is_inside = [&](std::size_t i) { return (text[i] & 0xc0) == 0x80; };  // of a letter
  std::size_t from = end, to = text.size() - end;
  while (from > end - 4 && is_inside(from)) --from;
  while (to < text.size() - end + 4 && is_inside(to)) ++to;
  return fmt::format("{} ... ({} bytes) ... {}", std::string_view(text).substr(0, from), to - from,
                     std::string_view(text).substr(to));
}

}  // namespace reel::detail
