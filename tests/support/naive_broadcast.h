// The broadcasting ops as anybody would write them down: position by position, in double.
#pragma once

#include <vector>

#include <reel/core/ops.h>

// The element of x that stands at `position` of a tensor that x is broadcast to.
inline double broadcast_element(const reel::Tensor& x, const std::vector<reel::Index>& position) {
  std::vector<reel::Index> own;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const reel::Index i = position[position.size() - static_cast<std::size_t>(x.rank() - axis)];
    own.push_back(x.shape()[axis] == 1 ? 0 : i);
  }
  return x.at(std::span<const reel::Index>(own));
}

// f(position) for every position of `shape`, row-major.
template <class F>
std::vector<double> at_every_position(const reel::Shape& shape, F f) {
  std::vector<double> values;
  std::vector<reel::Index> position(static_cast<std::size_t>(shape.rank()));
  for (reel::Index i = 0; i < shape.size(); ++i) {
    reel::Index rest = i;
    for (int axis = shape.rank(); axis-- > 0; rest /= shape[axis])
      position[static_cast<std::size_t>(axis)] = rest % shape[axis];
    values.push_back(f(position));
  }
  return values;
}

// Numbers between about 0.5 and 4 with no two equal in tensors of different `start`.
inline reel::Tensor some_numbers(const reel::Shape& shape, double start) {
  std::vector<double> values;
  for (reel::Index i = 0; i < shape.size(); ++i)
    values.push_back(start + 0.31 * static_cast<double>(i * 7 % 11));
  return reel::Tensor(values, shape);
}

struct BroadcastShapes {
  reel::Shape a, b, y;
};

inline const std::vector<BroadcastShapes> small_broadcasts{
    {{2, 3}, {2, 3}, {2, 3}},
    {{2, 3}, {3}, {2, 3}},
    {{3}, {2, 3}, {2, 3}},
    {{2, 1}, {1, 3}, {2, 3}},
    {{2, 3}, {}, {2, 3}},
    {{}, {3}, {3}},
    {{}, {}, {}},
    {{3}, {1, 1}, {1, 3}},
    {{2, 3}, {2, 1}, {2, 3}},
    {{2, 1, 2}, {3, 1}, {2, 3, 2}},
    {{0, 3}, {3}, {0, 3}},
    {{0, 3}, {0, 1}, {0, 3}},
    {{2, 0}, {}, {2, 0}},
};

inline const std::vector<BroadcastShapes> large_broadcasts{
    {{7, 1, 5, 1}, {7, 3, 5, 2}, {7, 3, 5, 2}},
    {{2, 1, 2, 1, 2, 1, 2, 3}, {1, 3, 1, 2, 1, 2, 1, 3}, {2, 3, 2, 2, 2, 2, 2, 3}},
    {{130, 131}, {131}, {130, 131}},  // bias, two tiles
    {{131}, {130, 131}, {130, 131}},
    {{130, 131}, {130, 1}, {130, 131}},  // a number a row
    {{20001}, {1}, {20001}},
    {{40, 1, 21}, {40, 22, 21}, {40, 22, 21}},
    {{9, 43, 1}, {1, 43, 47}, {9, 43, 47}},
};
