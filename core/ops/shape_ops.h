// Ops that move elements without changing them.
//
// What moves is described, not coded: a copy between two strided layouts (strided_copy.h),
// a section of a tensor (section.h) or a list of positions. So every gradient is another op of this
// file: transposes undo each other, slicing and padding with zeros are each other's gradient, what
// was repeated is summed. No op is a view; reshape alone shares memory.
// Axes may be negative and then count from the end. ValueError for an axis out of range, and for
// shapes and lists that do not fit, in terms of the argument at fault. Read before: operand.h.
// Read next: layout.h, shape_ops.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <reel/core/operand.h>
#include <reel/core/runtime/list_of.h>

namespace reel {

// --- the whole tensor in another arrangement (shape_ops.cpp) -----------------------------------

/// The same elements under another shape, in the same memory; one extent may be -1 and is then
/// worked out. ValueError when the shape holds another number of elements.
Tensor reshape(const Operand& x, const Shape& shape);

/// All axes but the first in one: (n, ...) -> (n, rest), (n,) -> (n, 1). ValueError for a scalar.
Tensor flatten(const Operand& x);

/// Axis i of y is axis permutation[i] of x; {} reverses all axes.
/// ValueError unless the permutation names each axis once.
Tensor transpose(const Operand& x, const std::vector<int>& permutation = {});

/// x repeated along its axes of extent 1 and along new axes in front, by NumPy's rules.
/// ValueError when x does not broadcast to `shape`.
Tensor broadcast_to(const Operand& x, const Shape& shape);

/// x repeated as a whole, multiples[i] times along axis i. ValueError for a negative multiple.
Tensor tile(const Operand& x, const std::vector<Index>& multiples);

// --- several tensors into one, and one into several (joining.cpp) ------------------------------

/// Tensors one behind the other along an axis; their other extents must be equal.
/// TypeError for dtypes that differ.
Tensor concat(ListOf<Tensor> xs, int axis = 0, CallSite site = {});

/// Tensors of one shape along a new axis of y. TypeError for dtypes that differ.
Tensor stack(ListOf<Tensor> xs, int axis = 0, CallSite site = {});

/// Equal parts along an axis; copies, each with a gradient of x's size.
/// ValueError when the extent does not divide.
std::vector<Tensor> split(const Operand& x, int parts, int axis = 0);

/// Parts of the given sizes along an axis. ValueError unless the sizes add up to its extent.
std::vector<Tensor> split(const Operand& x, const std::vector<Index>& sizes, int axis = 0);

/// The sum of tensors of one shape, in their order. TypeError for dtypes that differ.
Tensor add_n(ListOf<Tensor> xs, CallSite site = {});

// --- parts of a tensor, and a tensor as a part (slicing.cpp) -----------------------------------

/// x[begin : begin + size] on every axis; a size of -1 means all that follow.
/// ValueError for a section that leaves x.
Tensor slice(const Operand& x, const std::vector<Index>& begin, const std::vector<Index>& size);

/// x[begin : end : stride] on every axis by Python's rules: a negative position counts from the
/// end, positions outside are cut off. A stride < 0 runs backwards; an end of -n - 1 or less (n
/// being the extent) then takes the first element too. ValueError for a stride of 0.
Tensor strided_slice(const Operand& x, const std::vector<Index>& begin,
                     const std::vector<Index>& end, const std::vector<Index>& strides);

/// The named axes turned round.
Tensor reverse(const Operand& x, const std::vector<int>& axes);

/// What pad puts round 1 2 3: `constant` 0 0 1 2 3, `reflect` 3 2 1 2 3, `symmetric` 2 1 1 2 3.
enum class PadMode { constant, reflect, symmetric };
constexpr std::string_view name_of(PadMode mode) {
  return detail::name_in({"constant", "reflect", "symmetric"}, mode);
}

/// x with paddings[i] = {before, after} more elements along axis i. The gradients of mirrored cells
/// add up. ValueError for a symmetric padding longer than its axis, a reflection longer than that
/// less one.
Tensor pad(const Operand& x, const std::vector<std::array<Index, 2>>& paddings,
           PadMode mode = PadMode::constant, double value = 0.0);

// --- elements by position (gather.cpp) ---------------------------------------------------------

/// The rows of x at these positions of an axis, which gets their number as its extent; repeated
/// positions add their gradients. ValueError for a position outside the axis, negative ones too.
Tensor gather(const Operand& x, ListOf<std::int32_t> indices, int axis = 0);

/// (n,) labels -> (n, depth): `on` at the label, `off` elsewhere. No gradient.
/// ValueError for a label outside [0, depth).
Tensor one_hot(ListOf<std::int32_t> indices, Index depth, DType dtype = float32, double on = 1.0,
               double off = 0.0);

}  // namespace reel
