// Batch normalisation by the ops and by the layer: in training the batch's own statistics also move
// the stored ones, which the ops leave to their caller.

#include <reel/core/ops.h>
#include <reel/layers/batch_normalization.h>

#include "operation.h"
#include "through_layer.h"

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

// The layer's y and gradients; the stored statistics after its updates go to `moved`.
Results run_layer(const Problem& p, bool fused, Results& moved) {
  const bool training = p.config().at("training");
  reel::BatchNormalization layer({.axis = p.config().at("axis"),
                                  .momentum = p.config().at("momentum"),
                                  .epsilon = p.config().at("epsilon"),
                                  .center = p.config().at("center"),
                                  .scale = p.config().at("scale"),
                                  .fused = fused,
                                  .dtype = p.dtype()});
  const Results results = differentiate(
      p, layer, {"gamma", "beta", "moving_mean", "moving_variance"}, {.training = training});
  moved.outputs["new_moving_mean"] = layer.moving_mean();
  moved.outputs[fused ? "new_moving_variance_fused" : "new_moving_variance"] =
      layer.moving_variance();
  return results;
}

Results run_layer(const Problem& p) {
  Results moved;
  Results results = run_layer(p, false, moved);
  if (!p.config().at("training")) return results;
  if (p["x"].rank() == 4) run_layer(p, true, moved);  // as the reference, fused for no other rank
  results.outputs.merge(moved.outputs);
  results.outputs.merge(run(p, false).outputs);  // what the layer does not show
  return results;
}

}  // namespace

void add_normalization(Operations& operations) {
  for (const bool outer : {false, true})
    operations.emplace("batch_normalization",
                       Operation{outer ? "op under an outer tape" : "op",
                                 [outer](const Problem& p) { return run(p, outer); }});
  operations.emplace("batch_normalization",
                     Operation{"layer", [](const Problem& p) { return run_layer(p); }});
}

}  // namespace golden
