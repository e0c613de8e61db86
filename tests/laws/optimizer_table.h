// Every optimizer in some settings, each with its formula for one weight: what the laws about
// optimizers run over (optimizer_laws_test.cpp). Read before: optimizer.h.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <reel/optim/optimizer.h>

namespace reel::test {

/// One weight, what is kept beside it, and the step that is taken.
struct NaiveWeight {
  double w;
  std::vector<double> s;  // slots in their order, then numbers
  double g, rate;
  double t;  // 1, 2, ...
};

struct OptimizerCase {
  std::string name;
  std::function<std::unique_ptr<Optimizer>()> make;
  std::vector<std::string> slots;
  std::vector<double> first;  // values of the slots, and of numbers behind them
  std::function<void(NaiveWeight&)> step;
  double weight_decay = 0;
  bool has_from_config = true;
};

const std::vector<OptimizerCase>& optimizer_table();

}  // namespace reel::test
