// Every schedule of learning rates, and how one is found by the name in a config.
//
//   SGD sgd({.learning_rate = schedules::WarmUp(
//                {.warmup_steps = 500,
//                 .then = schedules::CosineDecay({.initial_learning_rate = 0.1,
//                                                 .decay_steps = 10000})})});
//
// Read before: learning_rate.h. Read next: schedule_of.h, schedules.cpp.
#pragma once

#include <reel/optim/schedules/cosine_decays.h>
#include <reel/optim/schedules/cycles.h>
#include <reel/optim/schedules/decays.h>

namespace reel::schedules {

/// The schedule that `{class_name, config}` describes. ValueError for a class that is no schedule;
/// TypeError for an entry of another kind, or that is no option.
LearningRate deserialize(const Config& config);

}  // namespace reel::schedules
