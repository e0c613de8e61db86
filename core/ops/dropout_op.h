// Dropout: elements left out at random, the rest scaled up (Srivastava et al. 2014).
//
// Which elements is a function of the key and the position alone, so nothing is kept for the
// backward pass: the rule draws the same mask again. As a map of x dropout is diagonal, hence its
// own transpose, and its gradient is dropout of dy with the same key.
// Read before: random.h. Read next: dropout_op.cpp, dropout.h.
#pragma once

#include <optional>

#include <reel/core/operand.h>
#include <reel/core/ops/random.h>

namespace reel {

/// y = x / (1 - rate) where the element is kept (with probability 1 - rate), else 0.
///
/// One decision for each element of x, or of `noise_shape`, which broadcasts to x's shape:
/// (N, 1, 1, C) drops whole channels, and so does (-1, 1, 1, -1): an unknown extent is x's.
/// ValueError for a rate outside [0, 1] and for a noise shape that does not broadcast to x's.
Tensor dropout(const Operand& x, double rate, const RandomKey& key = next_key(),
               const std::optional<Shape>& noise_shape = {});

}  // namespace reel
