// Steps that should remind, and what a reminder of a loss says. Read before: reminders.h.
#pragma once

#include <sstream>
#include <string>

#include <reel/core/tape.h>
#include <reel/layers/base/layer.h>
#include <reel/layers/scope/collections.h>
#include <reel/layers/scope/variable_store.h>
#include <reel/optim/sgd.h>

#include "captured_stderr.h"

namespace reel::test {

// One step on all variables of the store.
template <class Loss>
void take_step(Loss loss) {
  SGD sgd({.learning_rate = 0.1});
  Tape tape;
  const Tensor value = loss();
  sgd.apply_gradients(tape.gradient(value, collections::trainable_variables()));
}

// What was said in three steps, without that functional forms are deprecated.
template <class Loss>
std::string said_in_steps(Loss loss) {
  const VariableStore store;
  CapturedStderr log;
  for (int step = 0; step < 3; ++step) take_step(loss);
  std::string said, line;
  for (std::istringstream lines(log.text()); std::getline(lines, line);)
    if (line.find("is deprecated") == std::string::npos) said += line + "\n";
  return said;
}

// One step on a net whose loss is made by `loss`.
template <class Loss>
void take_step(Layer& net, Loss loss) {
  SGD sgd({.learning_rate = 0.1});
  Tape tape;
  const Tensor value = loss();
  sgd.apply_gradients(tape.gradient(value, net.trainable_variables()));
  net.apply_updates();
}

inline std::string loss_warning(const std::string& net, const std::string& layers) {
  return "reel: warning: " + net +
         ": a step was taken without the losses of these layers, which nobody read: " + layers +
         "; write loss = loss + net.total_loss() after the call and before the gradient\n";
}

inline std::string collection_warning(const std::string& net, const std::string& what) {
  return "reel: warning: " + net +
         ": a step was taken without these losses, which nobody read: " + what +
         "; write loss = loss + add_n(collections::regularization_losses()) after the call and "
         "before the gradient\n";
}

}  // namespace reel::test
