// Axes: which axes of a tensor an op is about, as a user names them.
//
// Negative axes count from the end and become numbers only where the rank is known, so one `Axes`
// serves tensors of any rank. Read before: shape.h. Read next: reduction.h.
#pragma once

#include <array>
#include <bitset>
#include <initializer_list>
#include <span>
#include <vector>

#include <reel/core/shape.h>

namespace reel {

/// Axes to reduce over: `{0, 1}`, `-1`, or `{}` for all. A vector is taken as it is: an empty one
/// names no axis. ValueError for more than eight.
class Axes {
 public:
  Axes() = default;
  Axes(int axis) : Axes(std::span<const int>(&axis, 1)) {}
  Axes(std::initializer_list<int> axes) : Axes(std::span<const int>(axes.begin(), axes.size())) {
    all_ = axes.size() == 0;
  }
  Axes(const std::vector<int>& axes) : Axes(std::span<const int>(axes)) {}
  explicit Axes(std::span<const int> axes);

  /// All axes of a tensor of this rank but one, in [0, rank): what is left is a number for each
  /// position along it, a channel's say.
  static Axes all_but(int axis, int rank);

  /// As a mask over `rank` axes. ValueError that starts with `op`.
  std::bitset<Shape::max_rank> mask(const char* op, int rank) const;

 private:
  std::array<int, Shape::max_rank> axes_{};
  int count_ = 0;
  bool all_ = true;
};

}  // namespace reel
