// How element-wise loops are cut: tiles of 16,384 elements, whatever the number of threads.
//
// Elements do not meet, so where the cuts are changes no bits; a fixed size keeps it the same
// everywhere. A short loop costs no more than the loop: most tensors of a small network fit one
// tile, and handing that to the pool of threads would cost more than many of the ops.
// Internal to core/ops. Read before: parallel.h. Read next: binary.h, map.h.
#pragma once

#include <algorithm>

#include <reel/core/dtype.h>
#include <reel/core/runtime/parallel.h>

namespace reel::detail {

/// run(begin, end) for tiles that cover [0, size).
template <class Run>
void for_each_tile(Index size, const Run& run) {
  constexpr Index tile_size = 16384;
  if (size <= tile_size) return run(Index{0}, size);
  reel::parallel_for((size + tile_size - 1) / tile_size, [&](Index tile) {
    run(tile * tile_size, std::min(size, (tile + 1) * tile_size));
  });
}

}  // namespace reel::detail
