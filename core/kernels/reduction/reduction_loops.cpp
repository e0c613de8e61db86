#include <reel/core/kernels/reduction/reduction_loops.h>

#include <algorithm>
#include <limits>
#include <type_traits>
#include <vector>

#include <reel/core/runtime/memory.h>
#include <reel/core/runtime/parallel.h>

namespace reel::kernels {
namespace {

constexpr Index tile_size = 16384;  // elements of x that a thread takes at once
constexpr Index chain = 64;         // rows that are folded one after the other
constexpr Index strip_width = 1024;

template <class T>
T neutral(Fold kind) {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  return kind == Fold::sum       ? T(0)
         : kind == Fold::product ? T(1)
         : kind == Fold::maximum ? -infinity
                                 : infinity;
}

template <class T>
typename Reduction<T>::Rows rows_kernel(Fold kind) {
  static const ReductionTables& chosen =
      for_this_cpu([](auto set) -> const ReductionTables& { return reduction_tables(set); });
  if constexpr (std::is_same_v<T, float>)
    return chosen.of_float.rows[static_cast<int>(kind)];
  else
    return chosen.of_double.rows[static_cast<int>(kind)];
}

}  // namespace

template <class T>
void fold(Fold kind, const T* x, Index outer, Index n, Index inner, T* y) {
  if (outer * inner == 0) return;
  if (n == 0) {
    std::fill_n(y, outer * inner, neutral<T>(kind));
    return;
  }
  const auto fold_rows = rows_kernel<T>(kind);
  // Short rows are taken 64 numbers at a time, so a chunk of them is longer than a chain.
  const Index chunk = std::max(chain, chain * chain / inner);
  const Index chunks = (n + chunk - 1) / chunk;
  const Index width = std::min(inner, strip_width), strips = (inner + width - 1) / width;

  if (chunks == 1 && strips == 1) {
    const Index per_tile = std::max<Index>(1, tile_size / (n * inner));
    parallel_for((outer + per_tile - 1) / per_tile, [&](Index tile) {
      const Index first = tile * per_tile, count = std::min(per_tile, outer - first);
      fold_rows(x + first * n * inner, count, n, inner, inner, y + first * inner);
    });
    return;
  }

  memory::Vector<T> partial(static_cast<std::size_t>(chunks == 1 ? 0 : outer * chunks * inner));
  T* const to = chunks == 1 ? y : partial.data();
  const Index pieces = outer * chunks * strips;
  const Index per_tile = std::max<Index>(1, tile_size / (std::min(n, chunk) * width));
  parallel_for((pieces + per_tile - 1) / per_tile, [&](Index tile) {
    const Index end = std::min(pieces, (tile + 1) * per_tile);
    for (Index piece = tile * per_tile; piece < end; ++piece) {
      const Index column = piece % strips * width;
      const Index row = piece / strips;  // of the result, over outer and chunks
      const Index begin = row % chunks * chunk;
      fold_rows(x + (row / chunks * n + begin) * inner + column, 1, std::min(chunk, n - begin),
                inner, std::min(width, inner - column), to + row * inner + column);
    }
  });
  if (chunks > 1) fold(kind, to, outer, chunks, inner, y);
}

template void fold(Fold, const float*, Index, Index, Index, float*);
template void fold(Fold, const double*, Index, Index, Index, double*);

}  // namespace reel::kernels
