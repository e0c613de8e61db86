// Reductions as anybody would write them down: every element goes to its place, one after the
// other.
#pragma once

#include <vector>

#include <reel/core/ops.h>

// Element i of x belongs to element `result[i]` of the tensor that is left without `axes`.
inline std::vector<std::size_t> places(const reel::Shape& shape, const std::vector<int>& axes) {
  std::vector<bool> reduced(static_cast<std::size_t>(shape.rank()));
  for (int axis : axes) reduced[static_cast<std::size_t>(axis)] = true;
  std::vector<std::size_t> result;
  for (reel::Index i = 0; i < shape.size(); ++i) {
    reel::Index rest = i, place = 0, stride = 1;
    for (int axis = shape.rank(); axis-- > 0; rest /= shape[axis]) {
      if (reduced[static_cast<std::size_t>(axis)]) continue;
      place += rest % shape[axis] * stride;
      stride *= shape[axis];
    }
    result.push_back(static_cast<std::size_t>(place));
  }
  return result;
}

inline reel::Shape without(const reel::Shape& shape, const std::vector<int>& axes) {
  reel::Shape left;
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) left.push_back(shape[axis]);
  return left;
}

// Every set of axes of a tensor of this rank.
inline std::vector<std::vector<int>> all_axes(int rank) {
  std::vector<std::vector<int>> sets;
  for (unsigned bits = 0; bits < 1u << rank; ++bits) {
    std::vector<int> axes;
    for (int axis = 0; axis < rank; ++axis)
      if (bits >> axis & 1u) axes.push_back(axis);
    sets.push_back(axes);
  }
  return sets;
}
