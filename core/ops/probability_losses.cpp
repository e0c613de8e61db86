// Composed of ops throughout, so that nothing needs a rule: exactness is what logits are for.
//
// Read before: probability_losses.h, loss_pairs.h. Read next: cross_entropy.cpp.
#include <reel/core/ops/probability_losses.h>

#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/loss_pairs.h>
#include <reel/core/ops/loss_reduction.h>
#include <reel/core/ops/reduction.h>

namespace reel {
namespace {

void check_epsilon(const char* op, double epsilon) {
  if (!(epsilon >= 0 && epsilon < 0.5))
    throw ValueError("{}: epsilon must be in [0, 0.5); got {}", op, epsilon);
}

}  // namespace

Tensor binary_crossentropy(const Operand& probabilities, const Operand& labels,
                           const LossOptions& options, double epsilon) {
  constexpr const char* op = "binary_crossentropy";
  const detail::Pairs pairs = detail::matched(op, probabilities, labels, "probabilities");
  check_epsilon(op, epsilon);
  detail::check_loss_options(op, pairs.labels.shape(), pairs.labels.dtype(), options);
  const Tensor p = clip(pairs.predictions, epsilon, 1 - epsilon);
  const Tensor l = detail::smoothed(pairs.labels, options.label_smoothing, 2.0);
  return detail::reduce_losses(-(l * log(p)) - (1 - l) * log1p(-p), options);
}

// The logarithms of clipped probabilities are logits whose softmax divides them by their sum.
Tensor sparse_categorical_crossentropy(const Operand& probabilities, ListOf<std::int32_t> labels,
                                       const LossOptions& options, double epsilon) {
  constexpr const char* op = "sparse_categorical_crossentropy";
  check_epsilon(op, epsilon);
  return softmax_cross_entropy(log(clip(probabilities.tensor(op), epsilon, 1 - epsilon)), labels,
                               options);
}

Tensor kl_divergence(const Operand& predictions, const Operand& labels, const LossOptions& options,
                     double epsilon) {
  constexpr const char* op = "kl_divergence";
  check_epsilon(op, epsilon);
  const detail::Pairs pairs = detail::matched_rows(op, predictions, labels, options);
  const Tensor p = clip(pairs.predictions, epsilon, 1), l = clip(pairs.labels, epsilon, 1);
  return detail::reduce_losses(sum(l * (log(l) - log(p)), -1), options);
}

}  // namespace reel
