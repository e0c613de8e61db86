// Reductions whose results are numbers; prod is in product.cpp, positions in positions.cpp.
//
// Every gradient is dy, shaped so that it broadcasts against x, times a factor. What an op computes
// by other ops is hidden from the tape (`unrecorded`): one node with one rule costs less memory on
// the way back than the five of its parts. The price is that logsumexp, variance and l2_norm have
// their derivative written down beside their formula. Read before: reduce.h. Read next:
// product.cpp, softmax.cpp.
#include <reel/core/ops/reduction.h>

#include <limits>

#include <reel/core/kernels/elementwise/broadcast.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/reduce.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/core/record.h>

namespace reel {

using detail::reduce;
using detail::Reduced;
using kernels::Fold;

namespace {

// What `f` computes with ops, as the inside of one op: none of it is recorded.
template <class F>
Tensor unrecorded(F f) {
  const PauseRecording pause;
  return f();
}

// y /= count, for a y that nobody else has seen yet.
void divide_by(Index count, Tensor& y) {
  dispatch(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = writable<T>(y);
    for (Index i = 0; i < y.size(); ++i) to[i] /= static_cast<T>(count);
  });
}

}  // namespace

Tensor sum(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor& x = operand.tensor("sum");
  const Reduced reduced("sum", x, axes, keepdims);
  Tensor y = reduce(Fold::sum, x, reduced);
  if (!recording()) return y;
  return record("sum", y, wrt(x, [kept = reduced.kept, shape = x.shape()](const Tensor& dy) {
                  return broadcast_to(reshape(dy, kept), shape);
                }));
}

Tensor mean(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor& x = operand.tensor("mean");
  const Reduced reduced("mean", x, axes, keepdims);
  Tensor y = reduce(Fold::sum, x, reduced);
  if (reduced.count != 1) divide_by(reduced.count, y);
  if (!recording()) return y;
  return record("mean", y, wrt(x, [reduced, shape = x.shape()](const Tensor& dy) {
                  return broadcast_to(reshape(dy / reduced.count, reduced.kept), shape);
                }));
}

Tensor sum_to(const Operand& operand, const Shape& shape) {
  const Tensor& x = operand.tensor("sum_to");
  if (x.shape() == shape) return x;
  if (broadcast_shapes("sum_to", x.shape(), shape) != x.shape())
    throw ValueError("sum_to: shape {} must broadcast to {}", shape, x.shape());
  const int extra = x.rank() - shape.rank();
  std::array<int, Shape::max_rank> repeated{};
  std::size_t count = 0;
  for (int i = 0; i < x.rank(); ++i)
    if (i < extra || shape[i - extra] != x.shape()[i]) repeated[count++] = i;
  const Tensor y = sum(x, Axes(std::span<const int>(repeated.data(), count)), true);
  return extra == 0 ? y : reshape(y, shape);
}

namespace {

// max and min: ties share the gradient equally.
Tensor extremum(const char* op, Fold kind, const Operand& operand, const Axes& axes,
                bool keepdims) {
  const Tensor& x = operand.tensor(op);
  const Reduced reduced(op, x, axes, keepdims);
  if (reduced.count == 0)
    throw ValueError("{}: the reduced axes must not be empty; got shape {}", op, x.shape());
  Tensor y = reduce(kind, x, reduced);
  if (!recording()) return y;
  return record(op, y, wrt(x, [x, y, axes, kept = reduced.kept](const Tensor& dy) {
                  const Tensor is_extremum = equal(x, reshape(y, kept));
                  return is_extremum * (reshape(dy, kept) / sum(is_extremum, axes, true));
                }));
}

}  // namespace

Tensor max(const Operand& x, const Axes& axes, bool keepdims) {
  return extremum("max", Fold::maximum, x, axes, keepdims);
}

Tensor min(const Operand& x, const Axes& axes, bool keepdims) {
  return extremum("min", Fold::minimum, x, axes, keepdims);
}

// log(sum(exp(x - m))) + m with the largest element m, or 0 where that is infinite.
Tensor logsumexp(const Operand& operand, const Axes& axes, bool keepdims) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Tensor& x = operand.tensor("logsumexp");
  const Reduced reduced("logsumexp", x, axes, keepdims);
  Tensor y = unrecorded([&] {
    const Tensor largest = reduce(Fold::maximum, x, {"logsumexp", x, axes, true});
    const Tensor m = where(equal(abs(largest), infinity), 0, largest);
    return reshape(log(sum(exp(x - m), axes, true)) + m, reduced.shape);
  });
  if (!recording()) return y;
  return record("logsumexp", y, wrt(x, [x, y, kept = reduced.kept](const Tensor& dy) {
                  const Tensor top = reshape(y, kept);
                  // Where all of x is -inf, exp(x - 0) is the 0 that is wanted.
                  return reshape(dy, kept) * exp(x - where(equal(top, -infinity), 0, top));
                }));
}

Tensor variance(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor& x = operand.tensor("variance");
  const Reduced reduced("variance", x, axes, keepdims);
  Tensor y = unrecorded([&] { return mean(square(x - mean(x, axes, true)), axes, keepdims); });
  if (!recording()) return y;
  return record("variance", y, wrt(x, [x, axes, reduced](const Tensor& dy) {
                  const Tensor weight = reshape(dy, reduced.kept) * (2.0 / reduced.count);
                  return weight * (x - mean(x, axes, true));
                }));
}

Tensor l2_norm(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor& x = operand.tensor("l2_norm");
  const Reduced reduced("l2_norm", x, axes, keepdims);
  Tensor y = unrecorded([&] { return sqrt(sum(square(x), axes, keepdims)); });
  if (!recording()) return y;
  return record("l2_norm", y, wrt(x, [x, y, kept = reduced.kept](const Tensor& dy) {
                  const Tensor norm = reshape(y, kept);
                  return reshape(dy, kept) * (x / where(equal(norm, 0), 1, norm));
                }));
}

Tensor any(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor& x = operand.tensor("any");
  const Reduced reduced("any", x, axes, keepdims);
  Tensor y = unrecorded([&] { return greater(reduce(Fold::sum, not_equal(x, 0), reduced), 0); });
  if (!recording()) return y;
  return record("any", y, no_gradient(x));
}

Tensor all(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor& x = operand.tensor("all");
  const Reduced reduced("all", x, axes, keepdims);
  Tensor y = unrecorded([&] { return equal(reduce(Fold::sum, equal(x, 0), reduced), 0); });
  if (!recording()) return y;
  return record("all", y, no_gradient(x));
}

}  // namespace reel
