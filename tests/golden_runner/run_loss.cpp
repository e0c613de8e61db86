// Losses with their weights and reductions.

#include <reel/core/ops.h>

#include "operation.h"

namespace golden {
namespace {

using reel::Tensor;

reel::LossOptions options_of(const Problem& p) {
  const std::map<std::string, reel::Reduction> reductions = {
      {"none", reel::Reduction::none},
      {"sum", reel::Reduction::sum},
      {"mean", reel::Reduction::weighted_mean},
      {"sum_by_nonzero_weights", reel::Reduction::by_nonzero_weights}};
  return {.reduction = reductions.at(p.config().at("reduction")),
          .weights = p.optional("weights"),
          .label_smoothing = p.config().value("label_smoothing", 0.0)};
}

Tensor softmax_cross_entropy(const Problem& p) {
  return reel::softmax_cross_entropy(p["logits"], p["labels"], options_of(p));
}

Tensor sparse_softmax_cross_entropy(const Problem& p) {
  return reel::sparse_softmax_cross_entropy(p["logits"], p.integers("labels"), options_of(p));
}

Tensor categorical_crossentropy(const Problem& p) {
  return reel::categorical_crossentropy(p["probabilities"], p["labels"], options_of(p),
                                        p.config().at("epsilon"));
}

Tensor sigmoid_cross_entropy(const Problem& p) {
  return reel::sigmoid_cross_entropy(p["logits"], p["labels"], options_of(p));
}

Tensor mean_squared_error(const Problem& p) {
  return reel::mean_squared_error(p["predictions"], p["labels"], options_of(p));
}

Tensor absolute_difference(const Problem& p) {
  return reel::absolute_difference(p["predictions"], p["labels"], options_of(p));
}

Tensor huber(const Problem& p) {
  return reel::huber(p["predictions"], p["labels"], p.config().at("delta"), options_of(p));
}

}  // namespace

void add_losses(Operations& operations) {
  add(operations, "absolute_difference", absolute_difference);
  add(operations, "categorical_crossentropy", categorical_crossentropy);
  add(operations, "huber", huber);
  add(operations, "mean_squared_error", mean_squared_error);
  add(operations, "sigmoid_cross_entropy", sigmoid_cross_entropy);
  add(operations, "softmax_cross_entropy", softmax_cross_entropy);
  add(operations, "sparse_softmax_cross_entropy", sparse_softmax_cross_entropy);
}

}  // namespace golden
