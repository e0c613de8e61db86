// recompute: memory for time. What a function computes is not kept for the way back but computed
// again when the backward pass arrives there. Elsewhere it is known as gradient checkpointing.
//
// The function's nodes stay on the tape, without their rules and so without the tensors that those
// kept. Behind them stands one node more, whose rule records them again, from the same inputs, the
// same values of variables and the same random draws, and has the copies run in their place, in the
// very order of a pass without it. So gradients are the same to the bit, losses and updates that
// layers add inside are made once and have gradients as ever, and one may stand inside another.
// Price: the function's forward pass runs again for each backward pass. Source: Chen, Xu, Zhang and
// Guestrin, "Training deep nets with sublinear memory cost" (2016), arXiv:1604.06174.
// Read before: tape.h. Read next: recompute.cpp.
#pragma once

#include <vector>

#include <reel/core/operand.h>
#include <reel/core/runtime/function_of.h>

namespace reel {

/// f(xs), of which a tape that records keeps the inputs only.
///
/// `f` and what it refers to must live as long as the tape, and `f` must do the same each time:
/// RuntimeError in the backward pass when it records other ops. It may read variables (their values
/// of now count, whatever is assigned later, except where f itself pauses recording) and call
/// layers; layers of the functional form need names in it. It must not read `losses()` of earlier
/// calls. ValueError for an empty function.
Tensor recompute(const FunctionOf<Tensor(const std::vector<Tensor>&)>& f, ListOf<Tensor> xs);
/// The same for a function of one tensor: `recompute(std::ref(block), x)` for a layer.
Tensor recompute(const FunctionOf<Tensor(const Tensor&)>& f, const Tensor& x);

/// Another name of `recompute`, as it is called in JAX and PyTorch.
inline Tensor checkpoint(const FunctionOf<Tensor(const std::vector<Tensor>&)>& f,
                         ListOf<Tensor> xs) {
  return recompute(f, xs);
}
inline Tensor checkpoint(const FunctionOf<Tensor(const Tensor&)>& f, const Tensor& x) {
  return recompute(f, x);
}

}  // namespace reel
