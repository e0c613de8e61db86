// Whether predictions and labels fit, said before any work.
//
// Read before: loss_pairs.h.
#include <reel/core/ops/loss_pairs.h>

#include <reel/core/ops/loss_reduction.h>
#include <reel/core/ops/shape_ops.h>

namespace reel::detail {
namespace {

Tensor without_last_axis(const Tensor& x) { return reshape(x, x.shape().without(x.rank() - 1)); }

void check_not_smoothed(const char* op, const LossOptions& options) {
  if (options.label_smoothing != 0)
    throw ValueError("{}: label_smoothing is for the cross-entropies; got {}", op,
                     options.label_smoothing);
}

}  // namespace

Pairs matched(const char* op, const Operand& predictions_in, const Operand& labels_in,
              const char* argument) {
  Pairs pairs{predictions_in.tensor(op), labels_in.tensor(op)};
  auto& [predictions, labels] = pairs;
  if (predictions.dtype() != labels.dtype())
    throw TypeError("{}: labels must be {} as the {}; got {}; use cast", op, predictions.dtype(),
                    argument, labels.dtype());
  const Shape given = labels.shape();
  if (labels.rank() == predictions.rank() + 1 && labels.shape()[-1] == 1)
    labels = without_last_axis(labels);
  else if (predictions.rank() == labels.rank() + 1 && predictions.shape()[-1] == 1)
    predictions = without_last_axis(predictions);
  if (labels.shape() != predictions.shape())
    throw ValueError("{}: labels must have the shape of the {}, {}; got {}", op, argument,
                     predictions.shape(), given);
  return pairs;
}

Pairs matched_elements(const char* op, const Operand& predictions, const Operand& labels,
                       const LossOptions& options) {
  Pairs pairs = matched(op, predictions, labels, "predictions");
  check_not_smoothed(op, options);
  check_loss_options(op, pairs.labels.shape(), pairs.labels.dtype(), options);
  return pairs;
}

Pairs matched_rows(const char* op, const Operand& predictions_in, const Operand& labels_in,
                   const LossOptions& options) {
  Pairs pairs{predictions_in.tensor(op), labels_in.tensor(op)};
  const auto& [predictions, labels] = pairs;
  if (predictions.rank() < 1 || predictions.shape()[-1] == 0)
    throw ValueError("{}: predictions must have at least one number on the last axis; got shape {}",
                     op, predictions.shape());
  if (predictions.dtype() != labels.dtype())
    throw TypeError("{}: labels must be {} as the predictions; got {}; use cast", op,
                    predictions.dtype(), labels.dtype());
  if (labels.shape() != predictions.shape())
    throw ValueError("{}: labels must have the shape of the predictions, {}; got {}", op,
                     predictions.shape(), labels.shape());
  check_not_smoothed(op, options);
  check_loss_options(op, labels.shape().without(labels.rank() - 1), labels.dtype(), options);
  return pairs;
}

}  // namespace reel::detail
