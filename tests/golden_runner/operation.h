// How the library computes a case: a table from the names of operations to functions.
//
// Each family has a file of its own (run_elementwise.cpp, run_convolution.cpp, ...) that adds its
// rows. One name may have several rows, one through the functional op and one through the layer: a
// case passes when all that apply do. A name without a row is a failure.
#pragma once

#include <functional>
#include <map>
#include <string>

#include <reel/core/tensor.h>
#include <reel/layers/functions/activations.h>

#include "golden_set.h"

namespace golden {

/// What an operation computed, by the names that the case uses.
struct Results {
  std::map<std::string, reel::Tensor> outputs;
  std::map<std::string, reel::Tensor> gradients;
};

/// Thrown by an operation for what the library does not have yet, with the reason.
struct Skipped {
  std::string reason;
};

struct Operation {
  std::string route;  ///< the part of the library that computes it: "op", "layer", ...
  std::function<Results(const Problem&)> run;
  std::function<bool(const Problem&)> applies = [](const Problem&) { return true; };
};

using Operations = std::multimap<std::string, Operation>;

/// y = f(arguments) and the gradients of sum(y * cotangent). Under an outer tape the sweep itself
/// is recorded, and gradients that are fused otherwise are composed from ops.
Results differentiate(const Problem& problem, const std::function<reel::Tensor(const Problem&)>& f,
                      bool under_outer_tape = false);

/// Adds an operation with one output y by two routes, without an outer tape and under one.
void add(Operations& operations, const std::string& name,
         std::function<reel::Tensor(const Problem&)> f);

/// Every operation there is.
const Operations& operations();

void add_activations(Operations& operations);
void add_convolution_layers(Operations& operations);
void add_convolutions(Operations& operations);
void add_elementwise(Operations& operations);
void add_losses(Operations& operations);
void add_normalization(Operations& operations);
void add_optimizers(Operations& operations);
void add_pooling(Operations& operations);
void add_reductions(Operations& operations);
void add_shape_ops(Operations& operations);
void add_training_traces(Operations& operations);
void add_weight_functions(Operations& operations);

/// What `activation` and its parameters in a configuration stand for, and y = activation(x).
reel::Activation activation_of(const Problem& problem);
reel::Tensor activate(const Problem& problem, const reel::Tensor& x);

}  // namespace golden
