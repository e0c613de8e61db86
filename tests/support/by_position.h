// Tensors defined position by position: the slow and plain way to say what a shape op must give.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <reel/core/ops/random.h>
#include <reel/core/tensor.h>

namespace reel::testing {

using Position = std::vector<Index>;

/// The float64 tensor whose element at position p is value_at(p).
template <class F>
Tensor by_position(const Shape& shape, F value_at) {
  std::vector<double> values;
  Position p(static_cast<std::size_t>(shape.rank()), 0);
  for (Index i = 0; i < shape.size(); ++i) {
    values.push_back(value_at(p));
    for (int axis = shape.rank(); axis-- > 0 && ++p[axis] == shape[axis];) p[axis] = 0;
  }
  return Tensor(values, shape);
}

inline double at(const Tensor& x, const Position& p) { return x.at(std::span<const Index>(p)); }

/// Whether two tensors have one shape and the same values, to the bit.
inline bool same(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.to_vector() == b.to_vector();
}

/// Fixed float64 numbers in [-1, 1).
inline Tensor sample(const Shape& shape, std::uint64_t draw = 0) {
  return uniform(shape, -1.0, 1.0, float64, {7, 0, draw});
}

}  // namespace reel::testing
