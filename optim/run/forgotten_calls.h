// Whether the loop forgot `.training = true` or `apply_updates()`.
//
// The library itself warns when either is forgotten, at the first step: it alone knows that no call
// said whether it trains, which is not the same as `.training = false` on purpose. This looks
// whether it is still so: a layer of which that was said has drawn no random numbers in the step
// looked at, or its moving statistics stand still while weights move. Frozen layers are healthy.
// Read before: training_doctor.h, layers/base/reminders.h. Read next: forgotten_calls.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <reel/core/variable.h>
#include <reel/layers/base/layer.h>

namespace reel::detail {

class ForgottenCalls {
 public:
  /// What the next step should move.
  void keep(const Layer& net);
  /// After that step, what it should have moved and did not; empty: nothing.
  std::string finding(const Layer& net);

 private:
  bool has_moved(const Variable& variable) const;

  std::vector<std::pair<Variable, Tensor>> before_;
  std::uint64_t draws_ = 0;
};

}  // namespace reel::detail
