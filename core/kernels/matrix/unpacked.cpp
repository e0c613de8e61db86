#include <reel/core/kernels/matrix/unpacked.h>

#include <algorithm>

namespace reel::kernels {
namespace {

constexpr Index most_unpacked = 1000000, fewest_positions = 48;

// How many rows a product can have that goes unpacked.
Index unpacked_rows(Index k, Index columns) {
  return most_unpacked / std::max<Index>(1, k * columns);
}

// Whether a matrix is worth cutting into strips. It must stay in the second-level cache; doubles
// may lie in the third, since to pack them costs more. A short inner axis leaves little to do but
// to write the result, which narrow strips do badly.
bool worth_strips(Index k, Index n, Index bytes_of_number) {
  const Index most_bytes = bytes_of_number == sizeof(double) ? 2 << 20 : 512 << 10;
  return k >= 32 && k * n * bytes_of_number <= most_bytes;
}

// `all` in nearly equal parts of at most `most`, multiples of eight, which run fastest.
Index part_of(Index all, Index most) {
  const Index part = ceil_div(all, std::max<Index>(1, ceil_div(all, most)));
  return std::clamp<Index>(ceil_div(part, 8) * 8, 1, most);
}

}  // namespace

ProductSizes row_product_sizes(Index k, Index n, Index bytes_of_number, Index positions,
                               bool strips) {
  const Index rows = unpacked_rows(k, n);
  if (rows >= fewest_positions) {
    // Block and result near the first level; with few channels what follows, bias and relu, weighs
    // more, and the result must be within.
    const bool few = k * bytes_of_number <= vector_bytes;
    const Index most = few ? (32 << 10) / std::max<Index>(1, n * bytes_of_number)
                           : (64 << 10) / ((k + n) * bytes_of_number);
    return {part_of(positions, std::min(rows, std::max<Index>(64, most))), n, true};
  }
  const Index columns = 2 * vector_bytes / bytes_of_number;  // a panel of 256 of them takes 32 KiB
  const Index strip_rows = unpacked_rows(k, columns);
  if (strips && columns < n && strip_rows >= fewest_positions &&
      worth_strips(k, n, bytes_of_number)) {
    constexpr Index most_positions = 120;
    return {part_of(positions, std::min(strip_rows, most_positions)), columns, true};
  }
  return {std::max<Index>(1, positions), n, false};
}

ProductSizes plane_product_sizes(Index k, Index n, Index bytes_of_number, Index positions,
                                 bool strips) {
  const Index rows = unpacked_rows(k, n);
  if (rows >= 96) return {(rows - 32) / 64 * 64, n, true, 32};
  constexpr Index few = 32;  // a panel of 256 channels takes 32 KiB
  if (rows >= fewest_positions) return {few, n, true, few / 2};
  const Index columns = unpacked_rows(k, few);
  if (strips && columns >= fewest_positions && worth_strips(k, n, bytes_of_number))
    return {few, part_of(n, columns), true};
  return {std::max<Index>(1, positions), n, false};
}

}  // namespace reel::kernels
