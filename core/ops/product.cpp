// The product over axes, and why its gradient is not y / x: a factor may be 0.
//
// The gradient of a factor is the product of all others, which two passes along the axis give, one
// from each end, whatever is 0. That is an op of its own, product_of_others, so that it has a
// gradient too; its rule makes a matrix of n x n for a row of n. Price: second derivatives of long
// products cost memory in n^2. A product may be an ordinary number although part of it is not, as
// of 1e30, 1e30, 1e-30: where that could be, mantissas and exponents are multiplied apart, in the
// same order, hence to the same bits. Read before: reduction.cpp. Read next: positions.cpp.
#include <algorithm>
#include <cmath>
#include <limits>

#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/factories.h>
#include <reel/core/ops/map.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/ops/reduce.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/core/record.h>
#include <reel/core/runtime/memory.h>

namespace reel {
namespace {

// mantissa * 2^exponent.
template <class T>
struct Scaled {
  T mantissa = 1;
  Index exponent = 0;

  friend Scaled operator*(const Scaled& a, const Scaled& b) {
    int shift = 0;
    const T mantissa = std::frexp(a.mantissa * b.mantissa, &shift);
    return {mantissa, a.exponent + b.exponent + shift};
  }
  T number() const {
    constexpr Index far = 5000;  // beyond all exponents
    return std::ldexp(mantissa, static_cast<int>(std::clamp(exponent, -far, far)));
  }
};

template <class T>
Scaled<T> scaled(T x) {
  return Scaled<T>{x} * Scaled<T>{};
}

// Whether it is plain from the largest number and the products that none of some factors leaves the
// dtype's range: one above would be at most `most`, one below leave no product above its share.
bool stays_far_inside(const Tensor& x, const detail::Reduced& reduced) {
  const detail::Reduced whole("prod", x, {}, false);
  const double high = detail::reduce(kernels::Fold::maximum, x, whole).item();
  const double low = detail::reduce(kernels::Fold::minimum, x, whole).item();
  const double most = static_cast<double>(reduced.count) * std::log2(std::max({1.0, high, -low}));
  return dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    if (!(most < std::numeric_limits<T>::max_exponent - 1)) return false;
    const T least = std::ldexp(std::numeric_limits<T>::min(), static_cast<int>(most) + 1);
    const Tensor y = detail::reduce(kernels::Fold::product, x, reduced);
    const auto products = y.span<const T>();
    return std::all_of(products.begin(), products.end(),
                       [least](T v) { return std::abs(v) >= least; });
  });
}

// Whether no product of some of the numbers that become one leaves the dtype's range, whichever are
// taken: neither of all that are above 1 nor of all that are below does.
bool stays_in_range(const Tensor& x, const detail::Reduced& reduced) {
  if (stays_far_inside(x, reduced)) return true;
  const Tensor above = detail::map(x, [](auto v) { return std::abs(v) > 1 ? std::abs(v) : 1; });
  const Tensor below =
      detail::map(x, [](auto v) { return std::abs(v) < 1 && v != 0 ? std::abs(v) : 1; });
  const Tensor most = detail::reduce(kernels::Fold::product, above, reduced);
  const Tensor least = detail::reduce(kernels::Fold::product, below, reduced);
  return dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto high = most.span<const T>(), low = least.span<const T>();
    return std::all_of(high.begin(), high.end(), [](T v) { return std::isfinite(v); }) &&
           std::all_of(low.begin(), low.end(),
                       [](T v) { return v >= std::numeric_limits<T>::min(); });
  });
}

// to[k] = the product of all of from[0], from[step], ... but the k-th.
template <class T>
void multiply_others(const T* from, Index n, Index step, T* to) {
  T product = 1;
  for (Index k = 0; k < n; ++k) to[k * step] = product, product *= from[k * step];
  product = 1;
  for (Index k = n; k-- > 0;) to[k * step] *= product, product *= from[k * step];
}

template <class T>
void multiply_others_scaled(const T* from, Index n, Index step, T* to) {
  memory::Vector<Scaled<T>> before;
  Scaled<T> product;
  for (Index k = 0; k < n; ++k)
    before.push_back(product), product = product * scaled(from[k * step]);
  product = {};
  for (Index k = n; k-- > 0;) {
    to[k * step] = (before[static_cast<std::size_t>(k)] * product).number();
    product = product * scaled(from[k * step]);
  }
}

// For each element the product of all the others along `axis`: right whatever is 0. The gradient of
// prod, and so differentiable itself: each of these products is a prod over a row of the n x n
// matrix that has x in every row and 1 on its diagonal.
Tensor product_of_others(const Tensor& x, int axis) {
  const AroundAxis around = x.shape().around(axis);
  const Index n = around.n, inner = around.inner;
  const bool plain = x.size() == 0 || stays_in_range(x, {"prod", x, axis, false});
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto multiply = plain ? multiply_others<T> : multiply_others_scaled<T>;
    for (Index o = 0; x.size() != 0 && o < around.outer; ++o)
      for (Index i = 0; i < inner; ++i) {
        const Index first = o * n * inner + i;
        multiply(x.data<T>() + first, n, inner, writable<T>(y) + first);
      }
  });
  if (!recording()) return y;
  return record("product_of_others", y,
                wrt(x,
                    [x, around](const Tensor& dy) {
                      if (x.size() == 0) return dy;
                      const auto [outer, n, inner] = around;
                      const Tensor at = arange(n, x.dtype());
                      const Tensor diagonal = equal(reshape(at, {n, 1}), at);
                      const Tensor eye = reshape(diagonal, {1, n, n, 1});
                      const Tensor row = reshape(x, {outer, 1, n, inner});
                      const Tensor weight = reshape(dy, {outer, n, 1, inner});
                      const Tensor others = product_of_others(where(eye, 1, row), 2);
                      return reshape(sum(where(eye, 0, others * weight), 1), x.shape());
                    }),
                attributes([&] { return detail::named("axis", axis); }));
}

// y, which is x multiplied over the axis, as an op.
Tensor recorded(const Tensor& x, int axis, Tensor y) {
  if (!recording()) return y;
  return record(
      "prod", y,
      wrt(x,
          [x, axis](const Tensor& dy) {
            const Shape kept = x.shape().without(axis).with_one_at(axis);
            return reshape(dy, kept) * product_of_others(x, axis);
          }),
      attributes([&] { return detail::named("axes", std::vector{axis}, "keepdims", false); }));
}

// One axis at a time, so that the rule knows one axis only.
Tensor prod_by_axes(const Tensor& x, const detail::Reduced& reduced) {
  Tensor y = x;
  for (int axis = x.rank(); axis-- > 0;)
    if (reduced.mask[axis])
      y = recorded(y, axis, detail::reduce(kernels::Fold::product, y, {"prod", y, axis, false}));
  return y.shape() == reduced.shape ? y : reshape(y, reduced.shape);
}

// All axes at once, as rows, since what is left of some of them may not fit. A plain product stays
// where it is as good.
Tensor prod_by_rows(const Tensor& x, const detail::Reduced& reduced) {
  std::vector<int> order;
  for (const bool last : {false, true})
    for (int axis = 0; axis < x.rank(); ++axis)
      if (reduced.mask[axis] == last) order.push_back(axis);
  const Index n = reduced.count;
  const Tensor rows = reshape(transpose(x, order), {reduced.shape.size(), n});
  Tensor y = Tensor::empty({rows.dim(0)}, x.dtype());
  const Tensor plain = [&] {
    const PauseRecording pause;
    return x.size() == 0 ? detail::reduce(kernels::Fold::product, x, reduced)
                         : prod_by_axes(x, reduced);
  }();
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = rows.data<T>();
    for (Index row = 0; row < y.size(); ++row, from += n) {
      Scaled<T> product;
      for (Index k = 0; k < n; ++k) product = product * scaled(from[k]);
      const T exact = product.number();
      const T given = plain.data<T>()[row];
      const T allowed = static_cast<T>(n) * std::numeric_limits<T>::epsilon() * std::abs(exact);
      const bool is_normal = std::abs(exact) >= std::numeric_limits<T>::min();
      writable<T>(y)[row] = is_normal && std::abs(given - exact) <= allowed ? given : exact;
    }
  });
  return reshape(recorded(rows, 1, y), reduced.shape);
}

}  // namespace

Tensor prod(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor& x = operand.tensor("prod");
  const detail::Reduced reduced("prod", x, axes, keepdims);
  const bool by_axes = x.size() != 0 && stays_in_range(x, reduced);
  return by_axes ? prod_by_axes(x, reduced) : prod_by_rows(x, reduced);
}

}  // namespace reel
