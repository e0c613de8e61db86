// Of how many groups a kernel makes a dense convolution.
//
// A kernel (R, S, D, F) over C channels makes C / D groups, as in TensorFlow: no argument says so.
// What does not divide is refused here, so a kernel that simply does not fit is, too, unless its
// depth happens to divide the channels. Read before: check_window.h. Read next: convolution.cpp.
#pragma once

#include <algorithm>

#include <reel/core/error.h>
#include <reel/core/shape.h>

namespace reel::detail {

/// The number of groups; x and w have rank 4. ValueError that starts with `op` for channels and
/// filters that are not whole groups.
inline Index checked_groups(const char* op, const Shape& x, const Shape& w, bool channels_first) {
  const int axis = channels_first ? -3 : -1;
  const Index channels = x[axis], depth = w[2];
  const Index groups = std::max<Index>(depth > 0 ? channels / depth : 1, 1);
  if (channels != groups * depth)
    throw ValueError("{}: input channels must be a multiple of {} (axis {}); got {}", op, depth,
                     axis, x);
  if (w[3] % groups != 0)
    throw ValueError(
        "{}: filters must be divisible by the {} groups that {} input channels make; got a kernel "
        "of shape {}",
        op, groups, channels, w);
  return groups;
}

}  // namespace reel::detail
