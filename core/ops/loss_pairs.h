// What a loss compares: predictions and labels that have been found to fit. Internal to the losses.
//
// Read before: loss_options.h. Read next: loss.cpp.
#pragma once

#include <reel/core/operand.h>
#include <reel/core/ops/loss_options.h>

namespace reel::detail {

/// Predictions and labels of one shape and dtype.
struct Pairs {
  Tensor predictions, labels;
};

/// Labels that fit the predictions, but for a last axis of 1 that one of them has too many.
/// ValueError and TypeError that call the predictions by `argument`.
Pairs matched(const char* op, const Operand& predictions, const Operand& labels,
              const char* argument);

/// The same for a loss whose labels cannot be smoothed and whose values are one for each element.
Pairs matched_elements(const char* op, const Operand& predictions, const Operand& labels,
                       const LossOptions& options);

/// One for each row: the last axis, which must be there and not be empty, is compared as a whole.
Pairs matched_rows(const char* op, const Operand& predictions, const Operand& labels,
                   const LossOptions& options);

}  // namespace reel::detail
