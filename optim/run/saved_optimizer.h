// What a checkpoint keeps of an optimizer: its class, options and steps, and slots by name.
//
// Slots stand under the name that their variable has in the net, so it does not matter in which
// order they were made. The learning rate stands apart from the other options, because a training
// that goes on takes it from the file: schedules have a length, and plateaus lower it. A rate that
// is a function of the program's own stands nowhere, and stays.
// Read before: optimizer.h, saved_state.h, saved_weights.h. Read next: saved_training.cpp.
#pragma once

#include <optional>
#include <vector>

#include <reel/layers/base/layer.h>
#include <reel/optim/optimizer.h>
#include <reel/optim/run/saved_state.h>

namespace reel::detail {

SavedState optimizer_state(const Optimizer& optimizer, const Layer& net);

/// ValueError when `saved` is that of another optimizer: with what differs.
void check_optimizer(const SavedState& saved, const Optimizer& optimizer, const Layer& net);

/// The optimizer's slots and numbers beside their values in `saved`; makes those slots that are
/// missing. ValueError for values that it has no place for.
void match_slots(const SavedState& saved, Optimizer& optimizer, const Layer& net,
                 std::vector<Variable>& variables, std::vector<Tensor>& values);

/// How many steps were done, and at which rate the next is; none where that was a function of the
/// program's. ValueError for what no optimizer takes.
struct SavedSteps {
  Index iterations;
  std::optional<LearningRate> rate;
};
SavedSteps steps_in(const SavedState& saved);
void restore_steps(const SavedSteps& steps, Optimizer& optimizer);

}  // namespace reel::detail
