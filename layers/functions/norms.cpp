#include <reel/layers/functions/norms.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <reel/core/kernels/reduction/units.h>

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

namespace {

// visit(group, element) for all elements, in double.
void for_each_element(const Tensor& w, const AxisMask& reduced, auto visit) {
  const Index length = w.rank() ? w.shape()[-1] : 1;
  dispatch(w.dtype(), [&](auto zero) {
    const auto* x = w.data<decltype(zero)>();
    for_each_row(w.shape(), reduced, [&](Index first, Index group, Index step) {
      for (Index i = 0; i < length; ++i) visit(group + i * step, static_cast<double>(x[first + i]));
    });
  });
}

// The norms of those groups whose squares do not fit, in the power of two below their largest
// number; the others stay.
void set_in_units(const Tensor& w, const AxisMask& reduced, GroupNorms& norms) {
  GroupNumbers largest(norms.size(), 0.0), sums(norms.size(), 0.0);
  for_each_element(w, reduced, [to = largest.data()](Index group, double v) {
    if (std::abs(v) > to[group]) to[group] = std::abs(v);
  });
  for (double& v : largest) v = kernels::unit_below(v);
  for_each_element(w, reduced, [to = sums.data(), units = largest.data()](Index group, double v) {
    to[group] += (v / units[group]) * (v / units[group]);
  });
  for (std::size_t i = 0; i < norms.size(); ++i) {
    const double unit = largest[i], norm = std::sqrt(sums[i]);
    if (kernels::squares_fit(norms[i].value * norms[i].value) || unit == 1) continue;
    norms[i] = std::isfinite(norm * unit) ? Norm{norm * unit, 1} : Norm{norm, unit};
  }
}

}  // namespace

GroupNorms norms(const Tensor& w, const AxisMask& reduced) {
  if (w.size() == 0) return {};  // of groups there may be any number
  GroupNumbers sums(group_count(w.shape(), reduced), 0.0);
  for_each_element(w, reduced, [to = sums.data()](Index group, double v) { to[group] += v * v; });
  GroupNorms result;
  for (const double sum : sums) result.push_back({std::sqrt(sum), 1});
  // Squares of float32 numbers always fit double.
  if (w.dtype() == float64 && !std::all_of(sums.begin(), sums.end(), kernels::squares_fit<double>))
    set_in_units(w, reduced, result);
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
