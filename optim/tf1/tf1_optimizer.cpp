#include <reel/optim/tf1/tf1_optimizer.h>

namespace reel::tf1 {

TF1Optimizer::TF1Optimizer(const std::string& name, const LearningRate& learning_rate)
    : Optimizer({.name = name, .learning_rate = learning_rate}) {}

std::vector<VariableGradient> TF1Optimizer::compute_gradients(
    const std::function<Tensor()>& loss, const std::optional<std::vector<Variable>>& variables,
    const Tensor& grad_loss) const {
  if (variables) return Optimizer::compute_gradients(loss, *variables, grad_loss);
  Tape tape;
  const Tensor value = loss();
  const std::vector<Variable> read = tape.watched_variables();
  if (read.empty())
    throw ValueError("{}: the loss must read a trainable variable; it reads none", name());
  return std::move(tape).gradient(value, read, detail::weighed_by(grad_loss));
}

void TF1Optimizer::apply_gradients(const std::vector<VariableGradient>& gradients,
                                   const Variable& global_step) {
  if (gradients.empty()) throw ValueError("{}: No variables provided", name());
  if (global_step.defined() && global_step.shape() != Shape{})
    throw ValueError("{}: global_step must be a scalar; got {}", name(), global_step.shape());
  if (global_step.defined() && global_step.dtype() != float64)
    throw TypeError("{}: global_step must be float64; got {}", name(), global_step.dtype());
  Optimizer::apply_gradients(gradients);
  if (global_step.defined()) global_step.assign(Tensor(global_step.stored().item() + 1, float64));
}

void TF1Optimizer::minimize(const std::function<Tensor()>& loss, const Variable& global_step,
                            const std::optional<std::vector<Variable>>& variables,
                            const Tensor& grad_loss) {
  apply_gradients(compute_gradients(loss, variables, grad_loss), global_step);
}

}  // namespace reel::tf1
