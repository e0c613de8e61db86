// A section of a tensor: begin, step and number of elements on every axis.
//
// Slicing, splitting and reversing take a section out; padding with a constant and the gradient of
// every take put one into a larger tensor. The two are each other's gradient, to any order. A begin
// and a step on each axis say it all, also backwards: one copy serves every op of the family.
// Internal to the shape ops. Read before: layout.h. Read next: slicing.cpp, joining.cpp.
#pragma once

#include <array>

#include <reel/core/tensor.h>

namespace reel::detail {

struct Section {
  std::array<Index, Shape::max_rank> begin{};
  std::array<Index, Shape::max_rank> step{};  // not 0; negative runs backwards
  Shape extents;                              // of the section itself

  /// All of a tensor of this shape.
  explicit Section(const Shape& shape) : extents(shape) { step.fill(1); }
};

/// The section of x as a tensor of its own, recorded as `op`.
Tensor take(const char* op, const Tensor& x, const Section& section);

/// A tensor of `shape` that holds x in its section and `fill` everywhere else, recorded as `op`.
Tensor put(const char* op, const Tensor& x, const Section& section, const Shape& shape,
           double fill = 0.0);

}  // namespace reel::detail
