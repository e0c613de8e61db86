// Activations by name, alone and behind other ops.

#include <map>

#include <reel/core/ops.h>

#include "operation.h"

namespace golden {

using reel::Operand;
using reel::Tensor;

Tensor activate(const Problem& problem, const Tensor& x) {
  using Unary = Tensor (*)(const Operand&);
  static const std::map<std::string, Unary> by_name = {
      {"elu", [](const Operand& v) { return reel::elu(v); }},
      {"exponential", reel::exp},
      {"gelu", reel::gelu},
      {"gelu_tanh", reel::gelu_tanh},
      {"hard_sigmoid", reel::hard_sigmoid},
      {"mish", reel::mish},
      {"relu", reel::relu},
      {"relu6", reel::relu6},
      {"selu", reel::selu},
      {"sigmoid", reel::sigmoid},
      {"softplus", reel::softplus},
      {"softsign", reel::softsign},
      {"swish", reel::swish},
      {"tanh", reel::tanh}};
  const Json& config = problem.config();
  const std::string name = config.at("activation");
  const int axis = config.value("activation_axis", -1);
  if (name == "linear") return x;
  if (name == "leaky_relu") return reel::leaky_relu(x, config.value("alpha", 0.2));
  if (name == "softmax") return reel::softmax(x, axis);
  if (name == "log_softmax") return reel::log_softmax(x, axis);
  const auto found = by_name.find(name);
  if (found == by_name.end())
    throw reel::RuntimeError("the activation must be one that is known; got '{}'", name);
  return found->second(x);
}

void add_activations(Operations& operations) {
  add(operations, "activation", [](const Problem& p) { return activate(p, p["x"]); });
}

}  // namespace golden
