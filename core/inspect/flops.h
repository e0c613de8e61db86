// Floating-point operations of an op, from its name and shapes. Internal. Read next: flops.cpp.
#pragma once

#include <string_view>
#include <vector>

#include <reel/core/shape.h>

namespace reel::detail {

/// A product and its sum count as two. Ops that only move numbers make none; one that is not known
/// here, as a user's own, counts as one operation for each element of its result.
double flops_of(std::string_view op, const std::vector<const Shape*>& inputs, const Shape& y);

}  // namespace reel::detail
