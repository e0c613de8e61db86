// The extents of a tensor: at most eight, stored in place, a regular type.
//
// Invariant: every extent is >= 0, except in the shapes that describe a layer before data arrives,
// where `Shape::unknown` stands for a size that is not known yet. Prints as in NumPy:
// (), (3,), (32, 28, 28, 1); an unknown extent prints as `?`.
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>

#include <reel/core/dtype.h>

namespace reel {

class Shape {
 public:
  static constexpr int max_rank = 8;
  static constexpr Index unknown = -1;

  Shape() = default;
  Shape(std::initializer_list<Index> extents);
  explicit Shape(std::span<const Index> extents);

  int rank() const { return rank_; }

  /// Extent of one axis; a negative axis counts from the end. No check: use `axis` first.
  Index operator[](int axis) const { return extents_[axis < 0 ? axis + rank_ : axis]; }
  Index& operator[](int axis) { return extents_[axis < 0 ? axis + rank_ : axis]; }

  /// Product of the extents; 1 for a scalar.
  Index size() const {
    Index n = 1;
    for (int i = 0; i < rank_; ++i) n *= extents_[i];
    return n;
  }

  /// Whether no extent is unknown.
  bool known() const { return std::find(begin(), end(), unknown) == end(); }

  const Index* begin() const { return extents_.data(); }
  const Index* end() const { return extents_.data() + rank_; }
  std::span<const Index> extents() const { return {begin(), end()}; }

  void push_back(Index extent);
  /// Copies with one axis taken out, or put in with extent 1.
  Shape without(int axis) const;
  Shape with_one_at(int axis) const;

  std::string str() const;

  friend bool operator==(const Shape& a, const Shape& b) {
    return a.rank_ == b.rank_ && std::equal(a.begin(), a.end(), b.begin());
  }

 private:
  int rank_ = 0;
  std::array<Index, max_rank> extents_{};
};

/// The shape that NumPy's broadcasting gives for `a` and `b`.
/// Throws ValueError that starts with `op` when they do not fit.
Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b);

/// `axis` as a number in [0, rank). Throws ValueError that starts with `op` otherwise.
int normalize_axis(const char* op, int axis, int rank);

std::ostream& operator<<(std::ostream& out, const Shape& shape);

}  // namespace reel

template <>
struct fmt::formatter<reel::Shape> : reel::detail::TextFormatter {
  format_context::iterator format(const reel::Shape& shape, format_context& context) const;
};
