// Batch normalisation: in training the batch's own statistics also move the stored ones.

#include <reel/core/ops.h>

#include "operation.h"

namespace golden {
namespace {

using reel::Tensor;

reel::BatchNormalizationOptions options_of(const Problem& p) {
  return {.axis = p.config().at("axis"), .epsilon = p.config().at("epsilon")};
}

Tensor inference(const Problem& p) {
  return reel::batch_normalization_inference(p["x"], p.optional("gamma"), p.optional("beta"),
                                             p["moving_mean"], p["moving_variance"], options_of(p));
}

reel::BatchNormalizationResult training(const Problem& p) {
  return reel::batch_normalization(p["x"], p.optional("gamma"), p.optional("beta"), options_of(p));
}

Results run(const Problem& p, bool under_outer_tape) {
  if (!p.config().at("training")) return differentiate(p, inference, under_outer_tape);
  const auto train = [](const Problem& q) { return training(q).y; };
  Results results = differentiate(p, train, under_outer_tape);
  const auto [y, mean, variance] = training(p);
  const double momentum = p.config().at("momentum");
  const auto moved = [&](const char* name, const Tensor& batch) {
    return p[name] * momentum + batch * (1 - momentum);
  };
  const double n = static_cast<double>(p["x"].size()) / static_cast<double>(mean.size());
  results.outputs["batch_mean"] = mean;
  results.outputs["batch_variance"] = variance;
  results.outputs["new_moving_mean"] = moved("moving_mean", mean);
  results.outputs["new_moving_variance"] = moved("moving_variance", variance);
  results.outputs["new_moving_variance_fused"] = moved("moving_variance", variance * (n / (n - 1)));
  return results;
}

}  // namespace

void add_normalization(Operations& operations) {
  for (const bool outer : {false, true})
    operations.emplace("batch_normalization",
                       Operation{outer ? "op under an outer tape" : "op",
                                 [outer](const Problem& p) { return run(p, outer); }});
}

}  // namespace golden
