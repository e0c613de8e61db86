// Shapes made from others, as text, and positions in them.
//
// Every extent comes in through `push_back`, so the limits of rank and sign are checked in one
// place; what only reads, `operator[]` above all, checks nothing. An axis that a user gave is made
// good once, by `normalize_axis`, and trusted from then on. A position is a shape too: it has a
// number for each axis and prints alike. Read before: shape.h. Read next: buffer.h.
#include <reel/core/shape.h>

#include <fmt/format.h>

#include <ostream>

#include <reel/core/error.h>

namespace reel {

Shape::Shape(std::initializer_list<Index> extents)
    : Shape(std::span<const Index>(extents.begin(), extents.size())) {}

Shape::Shape(std::span<const Index> extents) : Shape() {
  if (extents.size() > static_cast<std::size_t>(max_rank))
    throw ValueError("shape: rank must be at most {}; got {}", max_rank, extents.size());
  for (Index extent : extents) push_back(extent);
}

// -1 is the one negative extent that may be: a size that is not known yet.
void Shape::push_back(Index extent) {
  if (rank_ == max_rank)
    throw ValueError("shape: rank must be at most {}; got {}", max_rank, rank_ + 1);
  if (extent < unknown) throw ValueError("shape: an extent must be >= 0; got {}", extent);
  extents_[rank_++] = extent;
}

Shape Shape::without(int axis) const {
  Shape result;
  for (int i = 0; i < rank_; ++i)
    if (i != axis) result.push_back(extents_[i]);
  return result;
}

// An axis equal to the rank puts the new one at the end: hence `<=`.
Shape Shape::with_one_at(int axis) const {
  Shape result;
  for (int i = 0; i <= rank_; ++i) {
    if (i == axis) result.push_back(1);
    if (i < rank_) result.push_back(extents_[i]);
  }
  return result;
}

AroundAxis Shape::around(int axis) const {
  if (axis < 0) axis += rank_;
  AroundAxis result{1, extents_[axis], 1};
  for (int i = 0; i < axis; ++i) result.outer *= extents_[i];
  for (int i = axis + 1; i < rank_; ++i) result.inner *= extents_[i];
  return result;
}

std::string Shape::str() const {
  std::string text = "(";
  for (int i = 0; i < rank_; ++i) {
    if (i > 0) text += ", ";
    text += extents_[i] == unknown ? "?" : std::to_string(extents_[i]);
  }
  // As a tuple in Python: (3,) is a shape and (3) would be a number.
  if (rank_ == 1) text += ",";
  return text + ")";
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << shape.str(); }

// The last axis moves fastest, so its index is the first remainder.
Shape position_of(Index element, const Shape& shape) {
  Shape position = shape;
  for (int axis = shape.rank(); axis-- > 0; element /= shape[axis])
    position[axis] = element % shape[axis];
  return position;
}

int normalize_axis(const char* op, int axis, int rank) {
  if (axis < -rank || axis >= rank)
    throw ValueError("{}: axis must be in [{}, {}) for rank {}; got {}", op, -rank, rank, rank,
                     axis);
  return axis < 0 ? axis + rank : axis;
}

}  // namespace reel
