// Ops that move elements without changing them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <reel/core/operand.h>

namespace reel {

/// The same elements under another shape, in the same memory; one extent may be -1 and is then
/// worked out.
Tensor reshape(const Operand& x, const Shape& shape);
/// All axes but the first in one: (N, ...) -> (N, rest).
Tensor flatten(const Operand& x);
/// Axis i of y is axis permutation[i] of x; {} reverses all axes.
Tensor transpose(const Operand& x, const std::vector<int>& permutation = {});
Tensor broadcast_to(const Operand& x, const Shape& shape);
Tensor concat(std::span<const Tensor> xs, int axis = 0);
Tensor stack(std::span<const Tensor> xs, int axis = 0);
/// Equal parts along `axis`, or parts of the given sizes.
std::vector<Tensor> split(const Operand& x, int parts, int axis = 0);
std::vector<Tensor> split(const Operand& x, const std::vector<Index>& sizes, int axis = 0);
/// x[begin : begin + size] on every axis; a size of -1 means up to the end.
Tensor slice(const Operand& x, const std::vector<Index>& begin, const std::vector<Index>& size);
/// x[begin : end : stride] on every axis, Python's rules for negative numbers, strides > 0 or < 0.
Tensor strided_slice(const Operand& x, const std::vector<Index>& begin,
                     const std::vector<Index>& end, const std::vector<Index>& strides);

enum class PadMode { constant, reflect, symmetric };
/// paddings[i] = {before, after} of axis i.
Tensor pad(const Operand& x, const std::vector<std::array<Index, 2>>& paddings,
           PadMode mode = PadMode::constant, double value = 0.0);
/// Rows of x along `axis`, by position; repeated positions add their gradients.
Tensor gather(const Operand& x, std::span<const std::int32_t> indices, int axis = 0);
/// (n,) labels -> (n, depth) rows with `on` at the label, `off` elsewhere. ValueError out of range.
Tensor one_hot(std::span<const std::int32_t> indices, Index depth, DType dtype = float32,
               double on = 1.0, double off = 0.0);
Tensor reverse(const Operand& x, const std::vector<int>& axes);
Tensor tile(const Operand& x, const std::vector<Index>& multiples);
/// The sum of tensors of one shape.
Tensor add_n(std::span<const Tensor> xs);

}  // namespace reel
