// Positions of elements by axis, for the patterns and for messages. Internal.
#pragma once

#include <array>

#include <reel/core/shape.h>

namespace reel::detail {

using Position = std::array<Index, Shape::max_rank>;

/// Of the element with this row-major number.
inline Position position_of(Index element, const Shape& shape) {
  Position position{};
  for (int axis = shape.rank(); axis-- > 0; element /= shape[axis])
    position[static_cast<std::size_t>(axis)] = element % shape[axis];
  return position;
}

/// How far one step along an axis is, in elements.
inline Index stride_of(int axis, const Shape& shape) {
  Index stride = 1;
  for (int k = axis + 1; k < shape.rank(); ++k) stride *= shape[k];
  return stride;
}

}  // namespace reel::detail
