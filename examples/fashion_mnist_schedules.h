// The schedules that the user of examples/fashion_mnist may choose: their names and what they are.
#pragma once

#include <map>
#include <string>

#include <reel/optim/learning_rate.h>

/// By name, what a schedule makes of the highest rate and the number of steps that it lasts.
using Schedules = std::map<std::string, reel::LearningRate (*)(double peak, double steps)>;
const Schedules& fashion_mnist_schedules();
