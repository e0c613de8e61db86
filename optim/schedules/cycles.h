// A rate that rises before another takes over, and one that rises and falls once.
//
// Read before: decays.h. Read next: schedules.h.
#pragma once

#include <reel/optim/schedules/schedule_of.h>

namespace reel::schedules {

struct WarmUpOptions {
  double warmup_steps = not_given;
  LearningRate then = not_given;  ///< a number, any other schedule or a function
  double warmup_learning_rate = 0.0;
};
/// For x < warmup_steps on a straight line from warmup_learning_rate to the first rate of `then`,
/// which goes on from there: then(x - warmup_steps). Source: Goyal et al., "Accurate, large
/// minibatch SGD" (2017).
class WarmUp : public ScheduleOf<WarmUp, WarmUpOptions> {
 public:
  /// ValueError for what is not given, negative numbers, warmup_steps that are not whole.
  explicit WarmUp(const WarmUpOptions& options);
  double operator()(Index step) const;
};

struct OneCycleOptions {
  double max_learning_rate = not_given;
  double total_steps = not_given;
  double pct_start = 0.3;  ///< the share of the steps in which the rate rises; in [0, 1]
  double div_factor = 25.0;
  double final_div_factor = 1e4;
  bool linear = false;  ///< along straight lines, not cosines
};
/// From max / div_factor up to max at step pct_start total_steps - 1, then down to max / div_factor
/// / final_div_factor at step total_steps - 1, where it stays. Source: Smith and Topin,
/// "Super-convergence" (2018); the numbers are those of PyTorch's OneCycleLR.
class OneCycle : public ScheduleOf<OneCycle, OneCycleOptions> {
 public:
  /// ValueError for what is not given, negative numbers, divisors that are not above 0, total_steps
  /// that are not whole.
  explicit OneCycle(const OneCycleOptions& options);
  double operator()(Index step) const;
};

}  // namespace reel::schedules
