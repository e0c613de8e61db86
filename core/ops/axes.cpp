#include <reel/core/ops/axes.h>

#include <algorithm>

#include <reel/core/error.h>

namespace reel {

Axes Axes::all_but(int axis, int rank) {
  std::array<int, Shape::max_rank> others{};
  std::size_t count = 0;
  for (int i = 0; i < rank; ++i)
    if (i != axis) others[count++] = i;
  return Axes(std::span<const int>(others.data(), count));
}

Axes::Axes(std::span<const int> axes) : count_(static_cast<int>(axes.size())), all_(false) {
  if (axes.size() > axes_.size())
    throw ValueError("axes: at most {} may be named; got {}", axes_.size(), axes.size());
  std::copy(axes.begin(), axes.end(), axes_.begin());
}

std::bitset<Shape::max_rank> Axes::mask(const char* op, int rank) const {
  std::bitset<Shape::max_rank> mask;
  for (int axis = 0; all_ && axis < rank; ++axis) mask.set(axis);
  for (int i = 0; i < count_; ++i) {
    const int axis = normalize_axis(op, axes_[i], rank);
    if (mask[axis])
      throw ValueError("{}: each axis may be named once; got axis {} twice", op, axis);
    mask.set(axis);
  }
  return mask;
}

}  // namespace reel
