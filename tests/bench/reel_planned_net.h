// A planned network in reel: runs of layers in chains, and what joins them.
// Read before: network_plan.h. Read next: reel_planned_net.cpp, reel_training.h.
#pragma once

#include <memory>

#include <reel/reel.h>

#include "network_plan.h"

/// Steps between two that keep or take back a tensor are one `Sequential`; those two are ops.
class PlannedNet : public reel::Layer {
 public:
  explicit PlannedNet(const std::string& steps);
  reel::Tensor call(const reel::Tensor& x, const reel::Call& call) override;
  /// Puts the batch normalizations into the weights before them.
  void fold();

 private:
  struct Stage {
    std::string name;                   // "run", "save", "add", "concat", "shortcut"
    reel::Sequential* chain = nullptr;  // of a run or a shortcut
  };
  std::vector<Stage> stages_;
  std::vector<std::unique_ptr<reel::Sequential>> folded_;
};
