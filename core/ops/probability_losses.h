// Losses of probabilities, for networks that end in a softmax or a sigmoid.
//
// From logits softmax_cross_entropy and sigmoid_cross_entropy are faster and exact; here
// probabilities are clipped to [epsilon, 1 - epsilon], with no gradient where that bites. They go
// loss.h's three steps. Errors as theirs, and ValueError for an epsilon outside [0, 0.5).
// Read before: loss.h. Read next: probability_losses.cpp.
#pragma once

#include <reel/core/ops/loss.h>

namespace reel {

/// -labels * log(p) - (1 - labels) * log(1 - p) for each element; smoothed labels are
/// labels * (1 - s) + s / 2.
Tensor binary_crossentropy(const Operand& probabilities, const Operand& labels,
                           const LossOptions& options = {}, double epsilon = 1e-7);

/// As categorical_crossentropy, from integer labels, one for each row: -log of the label's share of
/// its row. ValueError for another number of labels and for a label outside [0, classes).
Tensor sparse_categorical_crossentropy(const Operand& probabilities, ListOf<std::int32_t> labels,
                                       const LossOptions& options = {}, double epsilon = 1e-7);

/// sum(labels * log(labels / predictions)) over the last axis, both clipped to [epsilon, 1]: how
/// far a distribution is from the label's. Shapes (..., n), values (...,). No label smoothing.
Tensor kl_divergence(const Operand& predictions, const Operand& labels,
                     const LossOptions& options = {}, double epsilon = 1e-7);

}  // namespace reel
