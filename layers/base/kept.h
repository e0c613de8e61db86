// What a layer keeps between its calls: weights, and losses that no call owns.
//
// Losses and updates of calls are not here: they live in the ledger, with the outermost tape. A
// weight's trainable flag is that of its making, which freezing the layer does not change; its
// regularizer is kept by the layer that made it, so that a shared weight is penalised once.
// Read before: layers/functions/weight_functions.h. Read next: layer.h, which holds them.
#pragma once

#include <functional>

#include <reel/core/variable.h>
#include <reel/layers/functions/weight_functions.h>

namespace reel::detail {

struct KeptWeight {
  Variable variable;
  bool trainable;
  bool created;             ///< by this layer, not found
  Regularizer regularizer;  ///< none for a weight that was found
};

/// A number or a function that was given to `add_loss` outside a call; evaluated at each read.
struct KeptLoss {
  std::function<Tensor()> value;
  bool conditional;  ///< whether it was given with inputs
};

}  // namespace reel::detail
