// Composed of ops. Read before: margin_losses.h, loss_pairs.h.
#include <reel/core/ops/margin_losses.h>

#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/loss_pairs.h>
#include <reel/core/ops/loss_reduction.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/recording.h>

namespace reel {
namespace {

// 0 and 1 become -1 and 1, if there is nothing else.
Tensor with_signs(const Tensor& labels) {
  const bool is_binary = [&] {
    const PauseRecording pause;
    return all(equal(labels, 0) + equal(labels, 1)).item() != 0;
  }();
  return is_binary ? 2 * labels - 1 : labels;
}

Tensor kept_margins(const char* op, const Operand& predictions_in, const Operand& labels_in,
                    const LossOptions& options) {
  const auto [predictions, labels] =
      detail::matched_elements(op, predictions_in, labels_in, options);
  return relu(1 - with_signs(labels) * predictions);
}

// A row of 0 has no direction, and no gradient.
Tensor directions(const Tensor& rows) {
  const Tensor norms = l2_norm(rows, -1, true);
  return rows / where(equal(norms, 0), 1, norms);
}

}  // namespace

Tensor hinge(const Operand& predictions, const Operand& labels, const LossOptions& options) {
  return detail::reduce_losses(kept_margins("hinge", predictions, labels, options), options);
}

Tensor squared_hinge(const Operand& predictions, const Operand& labels,
                     const LossOptions& options) {
  return detail::reduce_losses(square(kept_margins("squared_hinge", predictions, labels, options)),
                               options);
}

Tensor categorical_hinge(const Operand& predictions_in, const Operand& labels_in,
                         const LossOptions& options) {
  const auto [predictions, labels] =
      detail::matched_rows("categorical_hinge", predictions_in, labels_in, options);
  const Tensor rival = max((1 - labels) * predictions, -1), own = sum(labels * predictions, -1);
  return detail::reduce_losses(relu(rival - own + 1), options);
}

Tensor cosine_similarity(const Operand& predictions_in, const Operand& labels_in,
                         const LossOptions& options) {
  const auto [predictions, labels] =
      detail::matched_rows("cosine_similarity", predictions_in, labels_in, options);
  return detail::reduce_losses(-sum(directions(predictions) * directions(labels), -1), options);
}

}  // namespace reel
