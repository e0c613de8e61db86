// The extents of a tensor: at most eight, stored in place, a regular type.
//
// Invariant: every extent is >= 0, except in the shapes that describe a layer before data arrives,
// where `Shape::unknown` stands for a size that is not known yet. Prints as in NumPy:
// (), (3,), (32, 28, 28, 1); an unknown extent prints as `?`. In place and not in a vector, since a
// tensor is made for every number of a small network; the price is the limit of eight.
// Read before: dtype.h. Read next: shape.cpp, tensor.h.
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

/// A shape as one of its axes sees it: `outer` blocks of n rows of `inner` elements.
struct AroundAxis {
  Index outer, n, inner;
};

class Shape {
 public:
  static constexpr int max_rank = 8;
  static constexpr Index unknown = -1;

  Shape() : extents_{} {}
  Shape(const Shape& other) : rank_(other.rank_) { copy_extents(other); }
  Shape& operator=(const Shape& other) {
    rank_ = other.rank_;
    copy_extents(other);
    return *this;
  }
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
  /// What lies before, on and after an axis; `inner` is how far one step along it is, in elements.
  AroundAxis around(int axis) const;

  std::string str() const;

  friend bool operator==(const Shape& a, const Shape& b) {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i)  // std::equal would call memcmp
      if (a.extents_[i] != b.extents_[i]) return false;
    return true;
  }

 private:
  // Small tensors then touch a cache line less than if all eight places were copied.
  void copy_extents(const Shape& other) {
    if (rank_ > 1)
      extents_ = other.extents_;
    else
      extents_[0] = other.extents_[0];
  }

  int rank_ = 0;
  std::array<Index, max_rank> extents_;
};

/// Where the element with this row-major number stands: an index on each axis, which prints as a
/// shape does: (0, 2).
Shape position_of(Index element, const Shape& shape);

/// `axis` as a number in [0, rank). Throws ValueError that starts with `op` otherwise.
int normalize_axis(const char* op, int axis, int rank);

std::ostream& operator<<(std::ostream& out, const Shape& shape);

}  // namespace reel

template <>
struct fmt::formatter<reel::Shape> : reel::detail::StrFormatter<reel::Shape> {};
