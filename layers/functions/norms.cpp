#include <reel/layers/functions/norms.h>

#include <array>
#include <cmath>

namespace reel::detail {
namespace {

// Calls row(first element, group of the first element, group step along the row) for each row of
// the last axis. Elements of one group share a norm.
template <class Row>
void for_each_row(const Shape& shape, const AxisMask& reduced, Row row) {
  const int rank = shape.rank();
  std::array<Index, Shape::max_rank> step{}, at{};
  Index groups = 1;
  for (int axis = rank - 1; axis >= 0; --axis) {
    if (reduced[static_cast<std::size_t>(axis)]) continue;
    step[static_cast<std::size_t>(axis)] = groups;
    groups *= shape[axis];
  }
  const Index length = rank ? shape[-1] : 1;
  Index group = 0;
  for (Index first = 0; first < shape.size(); first += length) {
    row(first, group, rank ? step[static_cast<std::size_t>(rank - 1)] : 0);
    for (int axis = rank - 2; axis >= 0; --axis) {
      const auto a = static_cast<std::size_t>(axis);
      group += step[a];
      if (++at[a] < shape[axis]) break;
      group -= step[a] * shape[axis];
      at[a] = 0;
    }
  }
}

std::size_t group_count(const Shape& shape, const AxisMask& reduced) {
  Index groups = 1;
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (!reduced[static_cast<std::size_t>(axis)]) groups *= shape[axis];
  return static_cast<std::size_t>(groups);
}

}  // namespace

GroupNumbers norms(const Tensor& w, const AxisMask& reduced) {
  const Shape& shape = w.shape();
  const Index length = shape.rank() ? shape[-1] : 1;
  GroupNumbers result(group_count(shape, reduced), 0.0);
  dispatch(w.dtype(), [&](auto zero) {
    const auto* x = w.data<decltype(zero)>();
    for_each_row(shape, reduced, [&](Index first, Index group, Index step) {
      double* sums = result.data() + group;
      for (Index i = 0; i < length; ++i) {
        const double v = x[first + i];
        sums[i * step] += v * v;
      }
    });
  });
  for (double& n : result) n = std::sqrt(n);
  return result;
}

Tensor scaled(const Tensor& w, const AxisMask& reduced, const GroupNumbers& factors) {
  const Shape& shape = w.shape();
  const Index length = shape.rank() ? shape[-1] : 1;
  Tensor y = Tensor::empty(shape, w.dtype());
  dispatch(w.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* x = w.data<T>();
    T* to = writable<T>(y);
    for_each_row(shape, reduced, [&](Index first, Index group, Index step) {
      const double* factor = factors.data() + group;
      for (Index i = 0; i < length; ++i)
        to[first + i] = static_cast<T>(x[first + i] * factor[i * step]);
    });
  });
  return y;
}

}  // namespace reel::detail
