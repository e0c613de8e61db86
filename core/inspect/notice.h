// Notice: what layers and optimizers tell those who observe a computation.
//
// A tape knows ops; that a tensor is a loss, or that a variable moved and was projected, is known
// above. Who does such a thing asks `observed()` first, which is a look at an empty vector, and
// holds on to old values only then. Read before: observer.h. Read next: trace.h, optimizer.cpp.
#pragma once

#include <string_view>

#include <reel/core/observer.h>

namespace reel::detail {

struct Notice {
  enum class Kind {
    loss,        // a term of the losses was read
    update,      // an update of a layer's was applied
    step,        // an optimizer moved a variable,
    projection,  // and its constraint came right after
    step_end
  };
  Kind kind;
  std::string_view owner;                      // path of the layer, or name of the optimizer
  std::string_view name = {};                  // kind of the loss, or name of the constraint
  const Variable* variable = nullptr;          // that changed, or that a penalty is on
  Tensor before = {}, after = {};              // a loss is `after`
  Tensor gradient = {};                        // along which it went, clipped and transformed
  Tensor norms_before = {}, norms_after = {};  // that a constraint bounds
  double rate = 0;
  Index step = 0;              // number of the step, from 1
  Attributes attributes = {};  // of the optimizer or the constraint
};

/// Whether anybody on this thread wants to know.
bool observed();
void tell(const Notice& notice);

}  // namespace reel::detail
