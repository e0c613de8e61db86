#include <reel/core/kernels/unpacked.h>

#include <algorithm>

namespace reel::kernels {
namespace {

constexpr Index most_unpacked = 1000000, fewest_positions = 48;

// How many positions a product that goes unpacked can have.
Index positions_of(Index k, Index columns) {
  return most_unpacked / std::max<Index>(1, k * columns);
}

// `all` in nearly equal parts of at most `most`. Multiples of eight run fastest.
Index part_of(Index all, Index most) {
  const Index part = ceil_div(all, std::max<Index>(1, ceil_div(all, most)));
  return std::clamp<Index>(ceil_div(part, 8) * 8, 1, most);
}

}  // namespace

ProductSizes product_sizes(Index k, Index n, Index bytes_of_number, Index positions, bool strips) {
  constexpr Index first_level = 64 << 10, second_level = 512 << 10;
  const Index all_columns = positions_of(k, n);
  if (all_columns >= fewest_positions) {
    const Index near = first_level / std::max<Index>(1, (k + n) * bytes_of_number);
    return {part_of(positions, std::min(all_columns, std::max<Index>(64, near))), n, true};
  }
  constexpr Index strip_bytes = 128, most_positions = 120;
  const Index columns = strip_bytes / bytes_of_number, of_strip = positions_of(k, columns);
  if (strips && columns < n && of_strip >= fewest_positions &&
      k * n * bytes_of_number <= second_level)
    return {part_of(positions, std::min(of_strip, most_positions)), columns, true};
  return {std::max<Index>(1, positions), n, false};
}

ProductSizes plane_product_sizes(Index depth, Index filters, Index positions) {
  const Index most = positions_of(depth, filters);
  if (most >= 96) {
    const Index whole_vectors = (most - 32) / 64 * 64;
    return {whole_vectors, filters, true, 32};
  }
  if (most >= fewest_positions) return {32, filters, true, 16};
  return {std::max<Index>(1, positions), filters, false};
}

}  // namespace reel::kernels
