// Softmax, and the losses.
//
// Every loss goes three steps: a value for each sample or element, times the weights, reduced to
// one number. The cross-entropies of classes give a value for each row (the last axis, which holds
// the classes, is gone), the others one for each element. Logits are always said to be logits:
// nothing is guessed from where a tensor came from, and a probability path clips. Decision: labels
// and predictions must have one shape; they never broadcast, since (n,) against (n, 1) would
// silently give n * n losses. Only a last axis of extent 1 that one side has too many is taken as
// absent. Read before: operand.h, reduction.h. Read next: loss_reduction.h, softmax.cpp.
#pragma once

#include <cstdint>
#include <initializer_list>

#include <reel/core/operand.h>
#include <reel/core/ops/loss_options.h>
#include <reel/core/runtime/list_of.h>

namespace reel {

/// exp(x) / sum(exp(x)) over one axis, of x's shape. ValueError for an axis out of range.
Tensor softmax(const Operand& x, int axis = -1);

/// log(softmax(x)), accurate where softmax itself rounds to 0 or 1. Errors as softmax.
Tensor log_softmax(const Operand& x, int axis = -1);

/// -sum(labels * log_softmax(logits)) over the last axis.
/// Logits and labels (..., classes); values (...,). Labels are one-hot or any other weights.
/// Gradient: softmax(logits) * sum(labels) - labels in the logits, -log_softmax(logits) in the
/// labels. ValueError for shapes that differ, weights that do not fit, a smoothing outside [0, 1];
/// TypeError for dtypes that differ.
Tensor softmax_cross_entropy(const Operand& logits, const Operand& labels,
                             const LossOptions& options = {});

/// The same from integer labels, one for each row of the logits, in their order.
/// ValueError for another number of labels and for a label outside [0, classes).
Tensor softmax_cross_entropy(const Operand& logits, std::span<const std::int32_t> labels,
                             const LossOptions& options = {});
/// In braces; `{2}` is one label, and not the number 2.
inline Tensor softmax_cross_entropy(const Operand& logits,
                                    std::initializer_list<std::int32_t> labels,
                                    const LossOptions& options = {}) {
  return softmax_cross_entropy(logits, ListOf(labels), options);
}

/// Rows of labels in braces, as `{{0, 1}, {1, 0}}`, of the logits' dtype.
inline Tensor softmax_cross_entropy(const Operand& logits,
                                    std::initializer_list<detail::Nested> labels,
                                    const LossOptions& options = {}) {
  const Tensor rows(labels, logits.tensor("softmax_cross_entropy").dtype());
  return softmax_cross_entropy(logits, rows, options);
}

/// Another name of the above.
Tensor sparse_softmax_cross_entropy(const Operand& logits, ListOf<std::int32_t> labels,
                                    const LossOptions& options = {});

/// -sum(labels * log(p)) over the last axis, from probabilities: rows are divided by their sum and
/// clipped to [epsilon, 1 - epsilon] (no gradient where that bites). From logits,
/// softmax_cross_entropy is faster and exact. Shapes and errors as there.
Tensor categorical_crossentropy(const Operand& probabilities, const Operand& labels,
                                const LossOptions& options = {}, double epsilon = 1e-7);

/// -labels * log(p) - (1 - labels) * log(1 - p) with p = sigmoid(logits), for each element;
/// smoothed labels are labels * (1 - s) + s / 2. Gradient: sigmoid(logits) - labels, and -logits in
/// the labels. Errors as softmax_cross_entropy.
Tensor sigmoid_cross_entropy(const Operand& logits, const Operand& labels,
                             const LossOptions& options = {});

// The errors of regression, for each element. ValueError for shapes that differ, weights that do
// not fit and for a label smoothing, which has no meaning here; TypeError for dtypes that differ.

/// (predictions - labels)^2.
Tensor mean_squared_error(const Operand& predictions, const Operand& labels,
                          const LossOptions& options = {});

/// |predictions - labels|; gradient 0 at 0.
Tensor absolute_difference(const Operand& predictions, const Operand& labels,
                           const LossOptions& options = {});
/// Another name of it.
Tensor mean_absolute_error(const Operand& predictions, const Operand& labels,
                           const LossOptions& options = {});

/// e^2 / 2 up to |e| = delta, delta * |e| - delta^2 / 2 beyond. ValueError unless delta > 0.
Tensor huber(const Operand& predictions, const Operand& labels, double delta = 1.0,
             const LossOptions& options = {});

}  // namespace reel
