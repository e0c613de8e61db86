// The transforms of a tile in Winograd's convolution: pixels to products and back.
//
// Vectors run along lanes (image_rows.h). A tile's numbers that meet only their like lie in planes:
// number (i, j) of lane l at (i * 6 + j) * plane + l, so that a plane of many tiles is a matrix.
// What lies outside of an image counts as zeros and is not written.
// Read before: winograd_law.h, isa.h. Read next: winograd_tiles_kernels.cpp, winograd.h.
#pragma once

#include <type_traits>

#include <reel/core/kernels/convolution/taps.h>
#include <reel/core/runtime/isa.h>

namespace reel::kernels {

/// A square of pixels, or of a kernel's taps: (i, j) lies at first + i * row + j * pixel, if i is
/// in `rows` and j in `columns`, else nowhere.
template <class T>
struct TilePixels {
  T* first;
  Index row, pixel;
  Range rows, columns;
};

template <class T>
struct WinogradTiles {
  /// to = B^T d B, d (6, 6). Where `mask`, which lies as d does, is not above 0, d counts as 0;
  /// null: no mask.
  void (*window)(const TilePixels<const T>& d, const T* mask, Index lanes, T* to, Index plane);
  /// to = G g G^T, g (3, 3).
  void (*kernel)(const TilePixels<const T>& g, Index lanes, T* to, Index plane);
  /// to = A dy A^T, dy (4, 4) masked like d; sums += dy, one number a lane.
  void (*gradient)(const TilePixels<const T>& dy, const T* mask, Index lanes, T* to, Index plane,
                   T* sums);
  /// y (4, 4) = A^T from A + bias, one number a lane; then max(y, 0) if asked.
  void (*result)(const T* from, Index plane, Index lanes, const T* bias, bool relu,
                 const TilePixels<T>& y);
  /// dg (3, 3) = G^T from G.
  void (*kernel_gradient)(const T* from, Index plane, Index lanes, const TilePixels<T>& dg);
};

struct WinogradTilesTables {
  WinogradTiles<float> of_float;
  WinogradTiles<double> of_double;
};

const WinogradTilesTables& winograd_tiles_tables(sse2::Set);
const WinogradTilesTables& winograd_tiles_tables(avx2::Set);
const WinogradTilesTables& winograd_tiles_tables(avx512::Set);

/// The kernels for this CPU.
template <class T>
const WinogradTiles<T>& winograd_tiles() {
  static const WinogradTilesTables& chosen = for_this_cpu(
      [](auto set) -> const WinogradTilesTables& { return winograd_tiles_tables(set); });
  if constexpr (std::is_same_v<T, float>)
    return chosen.of_float;
  else
    return chosen.of_double;
}

}  // namespace reel::kernels
