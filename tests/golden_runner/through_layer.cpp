#include "through_layer.h"

#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "case_window.h"

namespace golden {

using reel::Tensor;
using reel::Variable;

Results differentiate(const Problem& p, reel::Layer& layer, const std::vector<std::string>& weights,
                      const reel::Call& call) {
  const Tensor& x = p["x"];
  layer.build(x.shape());
  std::vector<Tensor> values;
  std::map<std::string, Variable> variables;
  for (const std::string& name : weights)
    if (p.has(name)) {
      if (values.size() < layer.variables().size())
        variables[name] = layer.variables()[values.size()];
      values.push_back(p[name]);
    }
  layer.set_weights(values);

  reel::Tape tape;
  tape.watch(x);
  for (const auto& [name, variable] : variables) tape.watch(variable);
  const Tensor y = layer(x, call);
  Results results{{{"y", y}}, {}};
  const reel::GradientOptions options{.output_gradients = {p.cotangent()}};
  for (const std::string& name : p.wanted())
    results.gradients[name] =
        name == "x" ? tape.gradient(y, x, options) : tape.gradient(y, variables.at(name), options);
  layer.apply_updates();
  return results;
}

bool a_layer_computes(const Problem& p) {
  const bool strided = pair_of(p.config().at("strides")) != reel::Pair(1);
  const bool dilated = pair_of(p.config().at("dilation_rate")) != reel::Pair(1);
  return !(strided && dilated);
}

}  // namespace golden
