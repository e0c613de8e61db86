#include "operation.h"

#include <optional>

#include <reel/core/ops.h>
#include <reel/core/tape.h>

namespace golden {

using reel::Tensor;

Results differentiate(const Problem& problem, const std::function<Tensor(const Problem&)>& f,
                      bool under_outer_tape) {
  std::optional<reel::Tape> outer;
  if (under_outer_tape) outer.emplace();
  const std::vector<std::string> wanted = problem.wanted();
  std::vector<Tensor> xs;
  reel::Tape tape;
  for (const std::string& name : wanted) {
    xs.push_back(problem[name]);
    tape.watch(xs.back());
  }
  const Tensor y = f(problem);
  Results results{{{"y", y}}, {}};
  if (wanted.empty()) return results;
  const auto gradients = tape.gradient(y, xs, {.output_gradients = {problem.cotangent()}});
  for (std::size_t i = 0; i < xs.size(); ++i) results.gradients[wanted[i]] = gradients[i];
  return results;
}

void add(Operations& operations, const std::string& name, std::function<Tensor(const Problem&)> f) {
  operations.emplace(
      name, Operation{"op", [f](const Problem& problem) { return differentiate(problem, f); }});
  operations.emplace(name, Operation{"op under an outer tape", [f](const Problem& problem) {
                                       return differentiate(problem, f, true);
                                     }});
}

const Operations& operations() {
  static const Operations all = [] {
    Operations operations;
    add_activations(operations);
    add_convolution_layers(operations);
    add_convolutions(operations);
    add_elementwise(operations);
    add_losses(operations);
    add_normalization(operations);
    add_optimizers(operations);
    add_pooling(operations);
    add_reductions(operations);
    add_shape_ops(operations);
    add_training_traces(operations);
    add_weight_functions(operations);
    return operations;
  }();
  return all;
}

}  // namespace golden
