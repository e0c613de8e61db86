// Rows drawn by a seed from the layers of public networks, the same on every machine.
#pragma once

#include <vector>

#include "workload.h"

struct DrawnWorkload {
  Workload workload;  // without pass, number of threads and dtype
  const char* network;
  bool kept;  // of the part that is not looked at while the library is tuned: every third
};

/// The first `count` rows of a kind. Three in four come from networks of that kind, the others from
/// the rest: first layers and 1 x 1 of separable networks as dense ones, and spatial layers of
/// either as separable ones. Fewer of them are a beginning of more of them.
std::vector<DrawnWorkload> drawn_workloads(Kind kind, std::uint64_t seed, int count);
