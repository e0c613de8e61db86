// Ops that answer with positions along an axis: argmax, argsort, top_k. NaN counts as the largest.
//
// Positions are integers and no Tensor, so nothing here is on a tape but the values of top_k. Those
// are taken from x at positions that differ along a line, so putting them back needs no addition:
// the two ops at the end are each other's gradient. One thread does it all: these are for metrics
// and for looking at results. Read before: reduction.h. Read next: gather.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <ostream>
#include <span>

#include <reel/core/ops/factories.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/record.h>
#include <reel/core/runtime/joined.h>

namespace reel {
namespace {

template <class T>
bool is_less(T a, T b) {
  return a < b || (b != b && a == a);
}

// The extent along which positions count, or 0 for an x without elements: it may be longer, and
// have more lines, than anybody can wait.
Index count_along(const char* op, const Tensor& x, int axis) {
  const Index n = x.size() == 0 ? 0 : x.shape()[axis];
  if (n > std::numeric_limits<std::int32_t>::max())
    throw ValueError("{}: the axis must have at most 2147483647 elements; got shape {}", op,
                     x.shape());
  return n;
}

// Calls row(from, stride, i) for the i-th line of x along `axis`; for none without elements.
template <class Row>
void for_each_line(const Tensor& x, int axis, Row row) {
  if (x.size() == 0) return;
  const AroundAxis around = x.shape().around(axis);
  dispatch(x.dtype(), [&](auto zero) {
    const auto* from = x.data<decltype(zero)>();
    for (Index o = 0; o < around.outer; ++o)
      for (Index i = 0; i < around.inner; ++i)
        row(from + o * around.n * around.inner + i, around.inner, o * around.inner + i);
  });
}

// The first position that no other comes before.
template <class Before>
Indices first_of(const char* op, const Operand& operand, int axis, Before before) {
  const Tensor& x = operand.tensor(op);
  axis = normalize_axis(op, axis, x.rank());
  if (x.shape()[axis] == 0)
    throw ValueError("{}: the axis must not be empty; got shape {}", op, x.shape());
  const Index n = count_along(op, x, axis);
  Indices result{x.shape().without(axis), {}};
  result.values.resize(static_cast<std::size_t>(result.shape.size()));
  for_each_line(x, axis, [&](const auto* from, Index stride, Index line) {
    Index best = 0;
    for (Index k = 1; k < n; ++k)
      if (before(from[k * stride], from[best * stride])) best = k;
    result.values[static_cast<std::size_t>(line)] = static_cast<std::int32_t>(best);
  });
  return result;
}

}  // namespace

Indices argmax(const Operand& x, int axis) {
  return first_of("argmax", x, axis, [](auto a, auto b) { return is_less(b, a); });
}

Indices argmin(const Operand& x, int axis) {
  return first_of("argmin", x, axis, [](auto a, auto b) { return is_less(a, b); });
}

// Sorts positions and not values: what is asked for is where they stood, and x does not change.
Indices argsort(const Operand& operand, int axis, bool descending) {
  const Tensor& x = operand.tensor("argsort");
  axis = normalize_axis("argsort", axis, x.rank());
  const Index n = count_along("argsort", x, axis);
  Indices result{x.shape(), std::vector<std::int32_t>(static_cast<std::size_t>(x.size()))};
  std::vector<std::int32_t> order(static_cast<std::size_t>(n));
  for_each_line(x, axis, [&](const auto* from, Index stride, Index line) {
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::int32_t i, std::int32_t j) {
      return descending ? is_less(from[j * stride], from[i * stride])
                        : is_less(from[i * stride], from[j * stride]);
    });
    const Index start = line / stride * n * stride + line % stride;
    for (Index k = 0; k < n; ++k)
      result.values[static_cast<std::size_t>(start + k * stride)] =
          order[static_cast<std::size_t>(k)];
  });
  return result;
}

namespace {

Tensor put_along_last(const Tensor& x, const Indices& at, Index n);

// y[..., k] = x[..., at[..., k]]. The gradient is put_along_last, and the other way round.
Tensor take_along_last(const Tensor& x, const Indices& at) {
  const Index k = at.shape[-1], n = x.shape()[-1];
  Tensor y = Tensor::empty(at.shape, x.dtype());
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = x.data<T>();
    T* to = writable<T>(y);
    for (Index i = 0; i < y.size(); ++i)
      to[i] = from[i / k * n + at.values[static_cast<std::size_t>(i)]];
  });
  if (!recording()) return y;
  return record("take_along_last", y,
                wrt(x, [at, n](const Tensor& dy) { return put_along_last(dy, at, n); }),
                attributes([&] { return detail::named("indices", at.values, "k", k); }));
}

// The same elements put back among zeros, n to a row.
Tensor put_along_last(const Tensor& x, const Indices& at, Index n) {
  const Index k = at.shape[-1];
  Shape shape = at.shape;
  shape[-1] = n;
  Tensor y = zeros(shape, x.dtype());
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = x.data<T>();
    T* to = writable<T>(y);
    for (Index i = 0; i < x.size(); ++i)
      to[i / k * n + at.values[static_cast<std::size_t>(i)]] = from[i];
  });
  if (!recording()) return y;
  return record("put_along_last", y,
                wrt(x, [at](const Tensor& dy) { return take_along_last(dy, at); }),
                attributes([&] { return detail::named("indices", at.values, "size", n); }));
}

}  // namespace

// Only the first k are put in order; ties go by position, as a sort that keeps order would say.
TopK top_k(const Operand& operand, Index k) {
  const Tensor& x = operand.tensor("top_k");
  if (x.rank() == 0) throw ValueError("top_k: rank must be >= 1; got a scalar");
  const Index n = x.shape()[-1];
  if (k < 0 || k > n)
    throw ValueError("top_k: k must be in [0, {}], the extent of the last axis; got {}", n, k);
  Shape shape = x.shape();
  shape[-1] = k;
  Indices at{shape, std::vector<std::int32_t>(static_cast<std::size_t>(shape.size()))};
  std::vector<std::int32_t> order(static_cast<std::size_t>(count_along("top_k", x, x.rank() - 1)));
  for_each_line(x, x.rank() - 1, [&](const auto* from, Index, Index line) {
    std::iota(order.begin(), order.end(), 0);
    std::partial_sort(order.begin(), order.begin() + k, order.end(),
                      [&](std::int32_t i, std::int32_t j) {
                        return is_less(from[j], from[i]) || (!is_less(from[i], from[j]) && i < j);
                      });
    std::copy_n(order.begin(), k, at.values.begin() + line * k);
  });
  Tensor values = take_along_last(x, at);
  return {std::move(values), std::move(at)};
}

std::string Indices::str() const {
  const std::size_t shown = std::min<std::size_t>(values.size(), 100);
  return fmt::format("[{}{}]  {}", detail::joined(std::span(values).first(shown)),
                     shown < values.size() ? ", ..." : "", shape);
}

std::ostream& operator<<(std::ostream& out, const Indices& indices) { return out << indices.str(); }

}  // namespace reel
