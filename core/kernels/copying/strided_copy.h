// One loop nest that moves elements between two strided layouts.
//
// Transposing, broadcasting, slicing, padding, joining and reversing are all the same law: for
// every position (i0, i1, ...)  to[sum i_k * to_k] = from[sum i_k * from_k].  The ops differ only
// in the strides that they hand in: 0 repeats, a negative one runs backwards, exchanged ones
// transpose. Axes that lie one behind the other on both sides are merged first, so that the
// innermost runs are as long as they can be: contiguous ones become memcpy, a transposition goes in
// square blocks. Long copies are cut into tiles of fixed size; every element is written once, by
// one tile. Read before: core/runtime/parallel.h. Read next: core/ops/shape_ops.cpp,
// core/ops/slicing.cpp.
#pragma once

#include <span>

#include <reel/core/dtype.h>

namespace reel::kernels {

/// One axis of the loop nest: how often it runs, and the distance of a step, in elements, on either
/// side.
struct CopyAxis {
  Index extent;
  Index from;
  Index to;
};

/// Most axes a copy may have.
inline constexpr int max_copy_axes = 8;

/// Copies every position of `axes` (outermost first). The ranges must not overlap; no two positions
/// may have the same place in `to`.
template <class T>
void strided_copy(std::span<const CopyAxis> axes, const T* from, T* to);

extern template void strided_copy(std::span<const CopyAxis>, const float*, float*);
extern template void strided_copy(std::span<const CopyAxis>, const double*, double*);

}  // namespace reel::kernels
