// A case computed by a layer instead of the functional op: the weights are set, the layer is
// called, and gradients are taken with respect to its variables.
#pragma once

#include <reel/layers/base/layer.h>

#include "operation.h"

namespace golden {

/// `weights` are the arguments in the order of the layer's variables; those that the case lacks are
/// left out. The result has y and the gradients that the case asks for; afterwards the layer's
/// updates are applied.
Results differentiate(const Problem& problem, reel::Layer& layer,
                      const std::vector<std::string>& weights, const reel::Call& call = {});

/// Whether a layer computes it: strides together with dilation are refused by all of them.
bool a_layer_computes(const Problem& problem);

}  // namespace golden
