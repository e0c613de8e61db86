// A row of network_bench in reel: a call, or a training step as README writes it.
// Read before: reel_planned_net.h. Read next: reel_training.cpp, reel_network.cpp.
#pragma once

#include <functional>
#include <string>

#include "network_plan.h"

std::function<void()> reel_network_work(const NetworkWorkload& w);

/// Where the time of ten calls or steps goes, after some that are not counted.
std::string reel_network_profile(const NetworkWorkload& w);
