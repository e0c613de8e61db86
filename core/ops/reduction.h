// Ops that reduce over axes.
//
// `Axes{}` (the default) means all axes; negative axes count from the end. A reduced axis is taken
// out of the shape, or stays with extent 1 with `keepdims`. ValueError for an axis out of range or
// named twice. Sums are added in an order that depends on the shape only, in blocks, so that they
// are the same bits for any number of threads and stay accurate in float32 over millions of
// elements. Over no elements (an axis of extent 0) sum is 0, prod 1, any 0, all 1, logsumexp -inf,
// l2_norm 0, mean and variance NaN. Read before: operand.h. Read next: reduce.h.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include <reel/core/operand.h>
#include <reel/core/ops/axes.h>
#include <reel/core/runtime/text_formatter.h>

namespace reel {

/// Gradient: dy, repeated along the reduced axes.
Tensor sum(const Operand& x, const Axes& axes = {}, bool keepdims = false);
/// sum(x) / number of elements reduced.
Tensor mean(const Operand& x, const Axes& axes = {}, bool keepdims = false);
/// The largest element, NaN if there is one. The gradient is shared equally among ties. ValueError
/// over no elements.
Tensor max(const Operand& x, const Axes& axes = {}, bool keepdims = false);
/// The smallest element, otherwise as `max`.
Tensor min(const Operand& x, const Axes& axes = {}, bool keepdims = false);
/// The product. The gradient of a factor is the product of the others, whichever of them are 0.
Tensor prod(const Operand& x, const Axes& axes = {}, bool keepdims = false);
/// log(sum(exp(x))) without overflow. Gradient: dy softmax(x), 0 where all of x is -inf, NaN at
/// +inf.
Tensor logsumexp(const Operand& x, const Axes& axes = {}, bool keepdims = false);
/// The biased variance: mean((x - mean(x))^2), in two passes.
Tensor variance(const Operand& x, const Axes& axes = {}, bool keepdims = false);
/// sqrt(sum(x^2)), also beyond the range of squares. Gradient dy x / y, 0 where y is 0; there
/// smooth functions of one y have second derivatives, too (l2_norm(x) * l2_norm(x), of two, has 0).
Tensor l2_norm(const Operand& x, const Axes& axes = {}, bool keepdims = false);
/// 1 where any element is not 0 (NaN is not), else 0; no gradient.
Tensor any(const Operand& x, const Axes& axes = {}, bool keepdims = false);
/// 1 where all elements are not 0, else 0; no gradient.
Tensor all(const Operand& x, const Axes& axes = {}, bool keepdims = false);

/// x summed down to `shape`, the gradient of broadcasting. ValueError unless `shape` broadcasts to
/// the shape of x.
Tensor sum_to(const Operand& x, const Shape& shape);

namespace detail {
/// The gradients of y = softmax(x), y (dy - sum(y dy)), and of y = log_softmax(x),
/// dy - exp(y) sum(dy), over any axes, composed from ops and as exact as their kernels.
Tensor softmax_gradient(const Tensor& y, const Tensor& dy, const Axes& axes);
Tensor log_softmax_gradient(const Tensor& y, const Tensor& dy, const Axes& axes);
}  // namespace detail

/// Positions along an axis: integers, so not a Tensor.
struct Indices {
  Shape shape;
  std::vector<std::int32_t> values;
  friend bool operator==(const Indices&, const Indices&) = default;
  /// The first hundred, and the shape.
  std::string str() const;
};
std::ostream& operator<<(std::ostream& out, const Indices& indices);

/// The first position of the largest (smallest) element along `axis`, which is taken out of the
/// shape. Here and below NaN counts as larger than any number. ValueError for an empty axis.
Indices argmax(const Operand& x, int axis = -1);
Indices argmin(const Operand& x, int axis = -1);
/// Positions that sort along `axis`; equal elements keep their order.
Indices argsort(const Operand& x, int axis = -1, bool descending = false);

struct TopK {
  Tensor values;
  Indices indices;
};
/// The k largest elements of the last axis, largest first, ties by position. The gradient goes back
/// to where the values came from. ValueError unless 0 <= k <= the last extent.
TopK top_k(const Operand& x, Index k);

}  // namespace reel

template <>
struct fmt::formatter<reel::Indices> : reel::detail::StrFormatter<reel::Indices> {};
