// The collections of TensorFlow 1: variables, losses and updates without asking the layers.
//
// Variables live in the thread's current `VariableStore` as long as somebody holds them; penalties
// on weights are registered with their variable and evaluated at each read, once a variable however
// many layers share it; losses of calls and updates go with the outermost tape (ledger.h).
// Read before: scope.h, ledger.h.
#pragma once

#include <vector>

#include <reel/core/runtime/list_of.h>
#include <reel/layers/base/ledger.h>
#include <reel/layers/scope/variable_store.h>

namespace reel::collections {

/// GLOBAL_VARIABLES: every living variable of the store, in order of creation.
std::vector<Variable> global_variables();

/// TRAINABLE_VARIABLES: those that were made trainable; freezing a layer later takes none away.
std::vector<Variable> trainable_variables();

/// REGULARIZATION_LOSSES: of weights, in order of creation, then of calls, in order of the calls.
std::vector<Tensor> regularization_losses(CallSite site = {});

/// UPDATE_OPS: the updates of all layers, in order of the calls.
std::vector<Update> update_ops();

/// What TensorFlow 1's initializers do: gives these variables first values again, drawn anew.
/// ValueError for one that is not of the current store; nothing is assigned then.
void initialize(ListOf<Variable> variables);

}  // namespace reel::collections
