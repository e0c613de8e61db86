// Tensors made from nothing: of one number, or of numbers at equal steps.
//
// They have no history: no tape records how a constant came about, so they are no ops, and the
// engine may use them for its seeds and zeros. Each element is worked out from its position in
// double and rounded once, not stepped to from the one before: no error builds up along an axis.
// Random tensors are in random.h, those from numbers in braces are constructors of Tensor.
// Read before: tensor.h. Read next: elementwise.h.
#pragma once

#include <reel/core/tensor.h>

namespace reel {

Tensor zeros(const Shape& shape, DType dtype = float32);
Tensor ones(const Shape& shape, DType dtype = float32);
Tensor full(const Shape& shape, double value, DType dtype = float32);
Tensor zeros_like(const Tensor& x);
Tensor ones_like(const Tensor& x);
/// 0, 1, ..., stop - 1.
Tensor arange(Index stop, DType dtype = float32);
/// start, start + step, ... up to but not including stop. ValueError when step is 0.
Tensor arange(double start, double stop, double step, DType dtype = float32);
/// `count` values from start to stop, both included. ValueError when count is negative.
Tensor linspace(double start, double stop, Index count, DType dtype = float32);

}  // namespace reel
