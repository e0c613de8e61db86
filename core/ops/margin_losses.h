// Losses of scores that want a margin or a direction, not a probability.
//
// They go loss.h's three steps. Errors: ValueError for shapes that differ, weights that do not fit,
// and for a label smoothing, which is for the cross-entropies; TypeError for dtypes that differ.
// Read before: loss.h. Read next: margin_losses.cpp, probability_losses.h.
#pragma once

#include <reel/core/ops/loss.h>

namespace reel {

/// max(1 - labels * predictions, 0) for each element, with labels of -1 and 1; where all labels are
/// 0 or 1, a 0 counts as -1. Gradient 0 where the margin is kept.
Tensor hinge(const Operand& predictions, const Operand& labels, const LossOptions& options = {});

/// The square of it.
Tensor squared_hinge(const Operand& predictions, const Operand& labels,
                     const LossOptions& options = {});

/// max(1 + (the largest score of another class) - (that of the class), 0) for each row: predictions
/// and one-hot labels (..., classes), values (...,).
Tensor categorical_hinge(const Operand& predictions, const Operand& labels,
                         const LossOptions& options = {});

/// Minus the cosine of the angle between each row of the predictions and the label's: from -1
/// (one direction) to 1 (opposite ones); 0 where a row is 0. Shapes (..., n), values (...,).
Tensor cosine_similarity(const Operand& predictions, const Operand& labels,
                         const LossOptions& options = {});

}  // namespace reel
