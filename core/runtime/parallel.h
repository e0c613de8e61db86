// The one owner of threads: a pool that cuts work into tiles.
//
// Invariant: what a tile computes, and the order in which partial results are added, never depends
// on the number of threads, so results are the same bits for any number. Each thread begins with a
// share of neighbouring tiles. Idle threads yield for 200 microseconds, in which the next job
// mostly comes, then park (a spinning barrier stalls when the machine is shared). A call from
// inside a tile runs on the calling thread alone; several user threads may call at once, also while
// the program forks or ends. Read next: parallel.cpp, fork.h.
#pragma once

#include <algorithm>
#include <memory>
#include <type_traits>

#include <reel/core/dtype.h>

namespace reel {

inline constexpr int max_threads = 1024;

/// How many threads share the work of an op, the caller included. At first it is what the
/// environment variable REEL_NUM_THREADS says, else the number of processors that the system lets
/// this program use. A child of fork has the number of its parent. ValueError when count (or the
/// variable, at the first use) is not in [1, max_threads]; RuntimeError inside a tile of several.
void set_num_threads(int count);
int num_threads();

namespace detail {
/// How many threads the pool has started. (blas_rescue.cpp)
int started_threads();

void parallel_for(Index tiles, void (*run)(const void* body, Index tile), const void* body);

/// Whether the calling thread works on one of several tiles of a `parallel_for`.
bool inside_tile();
}  // namespace detail

/// Calls `body(tile)` once for each tile in [0, tiles), in any order, on several threads; returns
/// when all are done. An exception of a tile is thrown again here: after the others ended, or,
/// where one thread does it all (the only one, or inside a tile), at once and without the later
/// tiles.
template <class Body>
void parallel_for(Index tiles, const Body& body) {
  detail::parallel_for(
      tiles, [](const void* b, Index tile) { (*static_cast<const Body*>(b))(tile); },
      std::addressof(body));
}

/// Cuts [0, n) into ranges of `grain` items, the last one shorter, and calls `body(begin, end)` for
/// each as parallel_for does. The ranges depend on n and grain alone.
template <class Body>
void parallel_ranges(Index n, Index grain, const Body& body) {
  const Index step = std::max<Index>(grain, 1);
  parallel_for((n + step - 1) / step,
               [&](Index range) { body(range * step, std::min(n, (range + 1) * step)); });
}

}  // namespace reel
