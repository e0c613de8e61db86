// Activations: functions of one tensor that a layer applies to its result.
//
// `.activation = "relu"`, `= relu` (the op itself), `= activations::relu({.max_value = 6})`,
// `= {"relu", {{"max_value", 6.0}}}` and any callable all make one; none of them throws. The
// factories stand in a namespace of their own because an overloaded op could not be passed by its
// bare name. What they do and their gradients: core/ops/elementwise.h and core/ops/loss.h.
// Read before: named_function.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <reel/core/operand.h>
#include <reel/core/runtime/named_function.h>
#include <reel/core/tensor.h>

namespace reel {

class Activation : public NamedFunction<Tensor(const Tensor&)> {
 public:
  using NamedFunction::NamedFunction;
  /// An op; chosen here by its type, because <cmath> has a `tanh` and an `exp` too.
  Activation(Tensor (*op)(const Operand& x)) : NamedFunction(op) {}
  /// An op with a further argument, which then has its default: `.activation = leaky_relu`,
  /// `.activation = softmax`. Only the library's own: others are resolved to a ValueError.
  Activation(Tensor (*op)(const Operand& x, double alpha));
  Activation(Tensor (*op)(const Operand& x, int axis));
};

/// The function behind a name, or the function itself; `linear` for none. Known are linear, relu,
/// relu6, leaky_relu, elu, selu, sigmoid, hard_sigmoid, tanh, softsign, softplus, exponential,
/// swish (silu), gelu, gelu_tanh, mish, softmax and log_softmax, with the parameters of the
/// factories below, and the classes ReLU, LeakyReLU (alpha 0.3), ELU, ThresholdedReLU, Softmax.
/// ValueError or TypeError that starts with `where`, the layer's path and the argument.
Activation resolve(const Activation& activation, const std::string& where);

namespace activations {

struct ReluOptions {
  double alpha = 0.0;                    ///< slope below the threshold
  std::optional<double> max_value = {};  ///< where y is cut off; none: nowhere
  double threshold = 0.0;
};

/// y = x, whatever x is.
Activation linear();
/// y = max_value where x >= max_value, x where threshold < x, else alpha (x - threshold).
/// ValueError for a max_value below the threshold or parameters that are not finite.
Activation relu(const ReluOptions& options = {});
/// y = x where x > 0, else alpha x.
Activation leaky_relu(double alpha = 0.2);
/// y = x where x > 0, else alpha (e^x - 1).
Activation elu(double alpha = 1.0);
/// y = x Phi(x), or its approximation by tanh.
Activation gelu(bool approximate = false);
/// y = e^x / sum e^x over one axis or several. x of rank 1 or 0 is a ValueError at the call: the
/// first axis is the batch.
Activation softmax(std::vector<int> axes = {-1});
/// log of softmax over one axis.
Activation log_softmax(int axis = -1);

}  // namespace activations
}  // namespace reel
