// Softmax and the losses from logits.
#pragma once

#include <cstdint>
#include <span>

#include <reel/core/operand.h>

namespace reel {

Tensor softmax(const Operand& x, int axis = -1);
Tensor log_softmax(const Operand& x, int axis = -1);

/// How per-sample losses become one number. weighted_mean divides by the sum of the weights.
enum class Reduction { none, sum, sum_over_batch_size, weighted_mean, by_nonzero_weights };

struct LossOptions {
  Reduction reduction = Reduction::sum_over_batch_size;
  Tensor weights = {};           ///< per sample, broadcast; undefined: ones
  double label_smoothing = 0.0;  ///< in [0, 1]; labels * (1 - s) + s / classes
};

/// -sum(labels * log_softmax(logits)) over the last axis; one-hot (or soft) labels of its shape.
Tensor softmax_cross_entropy(const Operand& logits, const Operand& labels,
                             const LossOptions& options = {});
/// The same from integer labels, one per row of logits. ValueError for a label out of range.
Tensor softmax_cross_entropy(const Operand& logits, std::span<const std::int32_t> labels,
                             const LossOptions& options = {});
Tensor sparse_softmax_cross_entropy(const Operand& logits, std::span<const std::int32_t> labels,
                                    const LossOptions& options = {});

}  // namespace reel
