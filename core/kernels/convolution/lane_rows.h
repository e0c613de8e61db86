// The form in which kernels see pixels: rows of columns of lanes (image_rows.h says why).
#pragma once

#include <reel/core/dtype.h>

namespace reel::kernels {

/// Lanes come in whole vectors of this many bytes, the widest of any instruction set.
constexpr Index vector_bytes = 64;

/// Some rows of one image, (rows, columns, lanes), counted as in the image.
template <class T>
struct LaneRows {
  T* first_row = nullptr;
  Index first = 0, columns = 0, lanes = 0;

  T* row(Index h) const { return first_row + (h - first) * columns * lanes; }
};

}  // namespace reel::kernels
