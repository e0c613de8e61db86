// OptimizerOptions: what every optimizer is made with.
//
// Each optimizer lists these fields flat among its own options, so that a designated initialiser
// reaches all of them; `optimizer_options` picks them out again.
// Read before: parameter_groups.h, learning_rate.h. Read next: optimizer.h.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <reel/optim/gradient_clipping.h>
#include <reel/optim/learning_rate.h>
#include <reel/optim/parameter_groups.h>

namespace reel {

/// From pairs to pairs of the same variables, with gradients of the same shapes and dtypes.
using GradientTransformer =
    std::function<std::vector<VariableGradient>(std::vector<VariableGradient>)>;

/// What every optimizer has; each lists these fields, those of `clipping` flat, in its own options.
struct OptimizerOptions {
  std::string name;
  LearningRate learning_rate = 0.01;
  double decay = 0.0;  ///< of the rate: divided by 1 + decay * iterations, on top of a schedule
  ClippingOptions clipping = {};
  bool check_constraints = false;       ///< after each step, of its variables; for debugging
  std::optional<LearningRate> lr = {};  ///< old name of learning_rate; it wins, with a warning
  GradientTransformer gradient_aggregator = {};  ///< sees the gradients before they are clipped
  std::vector<GradientTransformer> gradient_transformers = {};  ///< in place of clipping
  std::vector<ParameterGroup> groups = {};
  double weight_decay = 0.0;       ///< w <- w (1 - rate weight_decay) before each update
  VariablePredicate decayed = {};  ///< the variables that decay; none given: all
};

/// The fields of an optimizer's own options that all optimizers share.
OptimizerOptions optimizer_options(const auto& o) {
  OptimizerOptions all{.name = o.name,
                       .learning_rate = o.learning_rate,
                       .clipping = {o.clipnorm, o.clipvalue, o.global_clipnorm},
                       .check_constraints = o.check_constraints,
                       .lr = o.lr,
                       .gradient_aggregator = o.gradient_aggregator,
                       .gradient_transformers = o.gradient_transformers,
                       .groups = o.groups};
  if constexpr (requires { o.decay; }) all.decay = o.decay;
  if constexpr (requires { o.weight_decay; }) {
    all.weight_decay = o.weight_decay;
    all.decayed = o.decayed;
  }
  return all;
}

}  // namespace reel
