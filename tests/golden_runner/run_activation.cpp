// Activations by the library's own look-up, alone and behind other ops.

#include <reel/layers/functions/activations.h>

#include "operation.h"

namespace golden {

using reel::Tensor;

reel::Activation activation_of(const Problem& p) {
  reel::Parameters parameters;
  const Json& config = p.config();
  if (config.contains("alpha")) parameters.set("alpha", config.at("alpha").get<double>());
  if (config.contains("activation_axis"))
    parameters.set("axis", config.at("activation_axis").get<double>());
  return {config.at("activation").get<std::string>(), parameters};
}

Tensor activate(const Problem& p, const Tensor& x) {
  return resolve(activation_of(p), "activation")(x);
}

void add_activations(Operations& operations) {
  add(operations, "activation", [](const Problem& p) { return activate(p, p["x"]); });
}

}  // namespace golden
