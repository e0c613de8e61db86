// Reductions whose results are numbers; prod is in product.cpp, positions in positions.cpp.
//
// Every gradient is dy, shaped so that it broadcasts against x, times a factor. What an op computes
// by other ops is hidden from the tape (`unrecorded`): one node with one rule costs less memory on
// the way back than the five of its parts. The price is that logsumexp, variance and l2_norm have
// their derivative written down beside their formula. Read before: reduce.h. Read next:
// product.cpp, softmax.cpp.
#include <reel/core/ops/reduction.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <reel/core/kernels/elementwise/broadcast.h>
#include <reel/core/kernels/reduction/units.h>
#include <reel/core/kernels/softmax/softmax_rows.h>
#include <reel/core/ops/map.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/ops/reduce.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/core/ops/sums_in_range.h>
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
  return record("sum", y,
                wrt(x, [kept = reduced.kept, shape = x.shape()](
                           const Tensor& dy) { return broadcast_to(reshape(dy, kept), shape); }),
                attributes([&] { return detail::config_of(reduced, keepdims); }));
}

Tensor mean(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor& x = operand.tensor("mean");
  const Reduced reduced("mean", x, axes, keepdims);
  const Tensor y = detail::within_range(x, reduced.count, [&](const Tensor& numbers) {
    Tensor total = reduce(Fold::sum, numbers, reduced);
    if (reduced.count != 1) divide_by(reduced.count, total);
    return total;
  });
  if (!recording()) return y;
  return record("mean", y,
                wrt(x,
                    [reduced, shape = x.shape()](const Tensor& dy) {
                      return broadcast_to(reshape(dy / reduced.count, reduced.kept), shape);
                    }),
                attributes([&] { return detail::config_of(reduced, keepdims); }));
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
  return record(op, y,
                wrt(x,
                    [x, y, axes, kept = reduced.kept](const Tensor& dy) {
                      const Tensor is_extremum = equal(x, reshape(y, kept));
                      return is_extremum * (reshape(dy, kept) / sum(is_extremum, axes, true));
                    }),
                attributes([&] { return detail::config_of(reduced, keepdims); }));
}

}  // namespace

Tensor max(const Operand& x, const Axes& axes, bool keepdims) {
  return extremum("max", Fold::maximum, x, axes, keepdims);
}

Tensor min(const Operand& x, const Axes& axes, bool keepdims) {
  return extremum("min", Fold::minimum, x, axes, keepdims);
}

// Any number may be taken off dy, so that of a share that is nearly 1 is: else its small gradient
// would be a difference of equal numbers.
Tensor detail::softmax_gradient(const Tensor& y, const Tensor& dy, const Axes& axes) {
  const Tensor leading = where(greater(y, kernels::nearly_1), dy, 0);
  const Tensor centred = dy - sum(leading, axes, true);
  return y * (centred - sum(y * centred, axes, true));
}

// What a share that is nearly 1 leaves to the others is known from y.
Tensor detail::log_softmax_gradient(const Tensor& y, const Tensor& dy, const Axes& axes) {
  const Tensor total = sum(dy, axes, true);
  return where(greater(y, std::log(kernels::nearly_1)), (dy - total) - expm1(y) * total,
               dy - exp(y) * total);
}

namespace {

// What logsumexp is made of, m + log_total, both with reduced axes kept: the largest element, or 0
// where that is infinite, and log(sum(exp(x - m))), or 0 where it is -inf.
struct LogSum {
  Tensor m, log_total;
};

// log(sum(e)), for numbers of which 1 is the largest: where it has nearly all, by what the others
// have.
Tensor log_of_sum(const Tensor& e, const Axes& axes) {
  const Tensor total = sum(e, axes, true), y = log(total);
  const Tensor one_leads = greater_equal(total, 1) * less(total, kernels::small_total);
  if (any(one_leads).item() == 0) return y;
  return where(one_leads, log1p(sum(where(less(e, 1), e, 0), axes, true)), y);
}

// softmax(x) over these axes. From their parts and not from logsumexp itself, in which log_total is
// rounded away beside a large m. Where all of x is -inf, exp(x - 0) is the 0 that is wanted.
Tensor shares(const Tensor& x, const LogSum& of, const Axes& axes) {
  Tensor y = unrecorded([&] { return exp(x - of.m - of.log_total); });
  if (!recording()) return y;
  return record(
      "softmax", y,
      wrt(x, [y, axes](const Tensor& dy) { return detail::softmax_gradient(y, dy, axes); }),
      attributes([&] { return detail::named("axes", axes.mask("softmax", x.rank())); }));
}

}  // namespace

Tensor logsumexp(const Operand& operand, const Axes& axes, bool keepdims) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Tensor& x = operand.tensor("logsumexp");
  const Reduced reduced("logsumexp", x, axes, keepdims);
  LogSum parts;
  Tensor y = unrecorded([&] {
    const Tensor largest = reduce(Fold::maximum, x, {"logsumexp", x, axes, true});
    parts.m = where(equal(abs(largest), infinity), 0, largest);
    const Tensor log_total = log_of_sum(exp(x - parts.m), axes);
    parts.log_total = where(equal(log_total, -infinity), 0, log_total);
    return reshape(log_total + parts.m, reduced.shape);
  });
  if (!recording()) return y;
  return record(
      "logsumexp", y,
      wrt(x, [x, parts, axes, kept = reduced.kept](
                 const Tensor& dy) { return reshape(dy, kept) * shares(x, parts, axes); }),
      attributes([&] { return detail::config_of(reduced, keepdims); }));
}

Tensor variance(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor& x = operand.tensor("variance");
  const Reduced reduced("variance", x, axes, keepdims);
  Tensor y = unrecorded([&] {
    const Tensor centred = x - mean(x, axes, true);
    const Tensor plain = mean(square(centred), axes, keepdims);
    if (reduced.count < 2 || detail::all_finite(plain)) return plain;
    // A square of up to count times the variance; in this unit it is none that is larger.
    const double unit = std::ldexp(1.0, std::ilogb(static_cast<double>(reduced.count)) / 2 + 1);
    const Tensor in_units = mean(square(centred / unit), axes, keepdims) * (unit * unit);
    return where(less(abs(plain), std::numeric_limits<double>::infinity()), plain, in_units);
  });
  if (!recording()) return y;
  return record("variance", y,
                wrt(x,
                    [x, axes, reduced](const Tensor& dy) {
                      const Tensor weight = reshape(dy, reduced.kept) * (2.0 / reduced.count);
                      return weight * (x - mean(x, axes, true));
                    }),
                attributes([&] { return detail::config_of(reduced, keepdims); }));
}

namespace {

// For each norm the unit in which numbers have squares that fit, 1 where they do anyway. Undefined
// when all are 1.
Tensor units_of(const Tensor& norms, const Tensor& x, const Axes& axes) {
  const auto fit = [](auto norm) { return kernels::squares_fit(norm * norm); };
  const bool all_fit = dispatch(norms.dtype(), [&](auto zero) {
    const auto values = norms.span<const decltype(zero)>();
    return std::all_of(values.begin(), values.end(), fit);
  });
  if (all_fit) return {};
  const Tensor largest = reduce(Fold::maximum, abs(x), {"l2_norm", x, axes, true});
  Tensor units = detail::map_same_shape(norms, largest, [fit](auto norm, auto most) {
    return fit(norm) ? decltype(most)(1) : kernels::unit_below(most);
  });
  return all(equal(units, 1)).item() != 0 ? Tensor() : units;
}

}  // namespace

// In units is also how the direction x / norm is found when the norm itself is infinite or nearly
// 0.
Tensor l2_norm(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor& x = operand.tensor("l2_norm");
  const Reduced reduced("l2_norm", x, axes, keepdims);
  Tensor units;
  Tensor y = unrecorded([&] {
    Tensor norms = sqrt(sum(square(x), axes, true));
    units = units_of(norms, x, axes);
    if (units.defined()) norms = units * sqrt(sum(square(x / units), axes, true));
    return reshape(norms, reduced.shape);
  });
  if (!recording()) return y;
  return record("l2_norm", y,
                wrt(x,
                    [x, y, units, axes, kept = reduced.kept](const Tensor& dy) {
                      const bool plain = !units.defined();
                      const Tensor in_units = plain ? x : x / units;
                      const Tensor norm = plain ? reshape(y, kept) : l2_norm(in_units, axes, true);
                      const Tensor is_zero = equal(norm, 0);
                      Tensor dx = reshape(dy, kept) * (in_units / where(is_zero, 1, norm));
                      if (!recording() || unrecorded([&] { return any(is_zero); }).item() == 0)
                        return dx;
                      // Where the norm is 0, dx is x times the limit of dy / norm, if there is one:
                      // 0 like x, but with a derivative.
                      const Tensor limit = detail::derivative_along(y, dy);
                      if (!limit.defined()) return where(is_zero, 0, dx);
                      return where(is_zero, reshape(limit, kept) * x, dx);
                    }),
                attributes([&] { return detail::config_of(reduced, keepdims); }));
}

Tensor any(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor& x = operand.tensor("any");
  const Reduced reduced("any", x, axes, keepdims);
  Tensor y = unrecorded([&] { return greater(reduce(Fold::sum, not_equal(x, 0), reduced), 0); });
  if (!recording()) return y;
  return record("any", y, no_gradient(x),
                attributes([&] { return detail::config_of(reduced, keepdims); }));
}

Tensor all(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor& x = operand.tensor("all");
  const Reduced reduced("all", x, axes, keepdims);
  Tensor y = unrecorded([&] { return equal(reduce(Fold::sum, equal(x, 0), reduced), 0); });
  if (!recording()) return y;
  return record("all", y, no_gradient(x),
                attributes([&] { return detail::config_of(reduced, keepdims); }));
}

}  // namespace reel
