// Ops that reduce over axes.
//
// `Axes{}` (the default) means all axes; negative axes count from the end; with `keepdims` a
// reduced axis stays with extent 1. ValueError for an axis out of range or named twice.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include <reel/core/operand.h>

namespace reel {

/// Axes to reduce over: `{0, 1}`, `-1`, or `{}` for all. A vector is taken as it is: an empty one
/// names no axis. ValueError for more than eight.
class Axes {
 public:
  Axes() = default;
  Axes(int axis) : Axes(std::span<const int>(&axis, 1)) {}
  Axes(std::initializer_list<int> axes) : Axes(std::span<const int>(axes.begin(), axes.size())) {
    all_ = axes.size() == 0;
  }
  Axes(const std::vector<int>& axes) : Axes(std::span<const int>(axes)) {}
  explicit Axes(std::span<const int> axes);

  /// As a mask over `rank` axes. ValueError that starts with `op`.
  std::bitset<Shape::max_rank> mask(const char* op, int rank) const;

 private:
  std::array<int, Shape::max_rank> axes_{};
  int count_ = 0;
  bool all_ = true;
};

Tensor sum(const Operand& x, const Axes& axes = {}, bool keepdims = false);
Tensor mean(const Operand& x, const Axes& axes = {}, bool keepdims = false);
/// The gradient is shared equally among ties. ValueError over an empty axis.
Tensor max(const Operand& x, const Axes& axes = {}, bool keepdims = false);
Tensor min(const Operand& x, const Axes& axes = {}, bool keepdims = false);
Tensor prod(const Operand& x, const Axes& axes = {}, bool keepdims = false);
Tensor logsumexp(const Operand& x, const Axes& axes = {}, bool keepdims = false);
/// The biased variance: mean((x - mean(x))^2).
Tensor variance(const Operand& x, const Axes& axes = {}, bool keepdims = false);
/// sqrt(sum(x^2)); gradient 0 where the norm is 0.
Tensor l2_norm(const Operand& x, const Axes& axes = {}, bool keepdims = false);
/// 1 where any (all) elements are not 0, else 0; no gradient.
Tensor any(const Operand& x, const Axes& axes = {}, bool keepdims = false);
Tensor all(const Operand& x, const Axes& axes = {}, bool keepdims = false);

/// x summed down to `shape`, which must broadcast to x's shape: the gradient of broadcasting.
Tensor sum_to(const Operand& x, const Shape& shape);

/// Positions along an axis: integers, so not a Tensor.
struct Indices {
  Shape shape;
  std::vector<std::int32_t> values;
  friend bool operator==(const Indices&, const Indices&) = default;
};

/// The first position of the largest element along `axis`; that axis is taken out.
Indices argmax(const Operand& x, int axis = -1);
Indices argmin(const Operand& x, int axis = -1);
/// Positions that sort along `axis`, stable.
Indices argsort(const Operand& x, int axis = -1, bool descending = false);

struct TopK {
  Tensor values;
  Indices indices;
};
/// The k largest elements of the last axis, largest first, ties by position.
TopK top_k(const Operand& x, Index k);

}  // namespace reel
