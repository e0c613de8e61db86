#include "operation.h"

#include <reel/core/ops.h>

namespace golden {

using reel::Tensor;

Operation differentiated(std::function<Tensor(const Problem&)> f) {
  const auto run = [f = std::move(f)](const Problem& problem) {
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
  };
  return {"op", run};
}

const Operations& operations() {
  static const Operations all = [] {
    Operations operations;
    add_activations(operations);
    add_elementwise(operations);
    add_pooling(operations);
    add_reductions(operations);
    add_shape_ops(operations);
    return operations;
  }();
  return all;
}

}  // namespace golden
