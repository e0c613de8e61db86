// Norms over some axes of a weight, and scaling by one factor for each: what projections need.
//
// Kept apart from the ops because nothing here is recorded and the norms are summed in float64
// whatever the dtype, in one order. A weight is walked once, row by row of its last axis, and again
// in units of its largest number where squares or norms leave float64's range: a norm comes in its
// unit. Read before: tensor.h. Read next: norm_constraints.cpp.
#pragma once

#include <array>
#include <vector>

#include <reel/core/runtime/memory.h>
#include <reel/core/tensor.h>

namespace reel::detail {

/// Whether an axis is summed over.
using AxisMask = std::array<bool, Shape::max_rank>;

/// value * unit; the unit is 1, but a power of two where the norm would be infinite.
struct Norm {
  double value, unit;
};

/// One for each position on the axes that are left; from the pool, since a step needs them.
using GroupNorms = memory::Vector<Norm>;
using GroupNumbers = memory::Vector<double>;

/// sqrt(sum w^2) over the axes of the mask, one for each position on the other axes, row-major.
/// None where w has no elements.
GroupNorms norms(const Tensor& w, const AxisMask& reduced);

/// w times the factor of its position on the axes that are not in the mask; a factor 1 keeps bits.
Tensor scaled(const Tensor& w, const AxisMask& reduced, const GroupNumbers& factors);

}  // namespace reel::detail
