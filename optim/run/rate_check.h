// Whether the rate of learning is far too high or far too low.
//
// Two things are looked at together, since either alone is healthy in some net: how much one step
// changes the kernels, as a share of their norm, and what the losses do.
// Too high: some step changed them by 30 % or more, and the losses do not get below 0.97 of the
// first one (0.9 once they were above the threefold of it), or by 10 % or more, and the losses are
// three times the first one or, with steps that still are so large, those of the best look; each at
// two looks with 16 steps before them. At once: losses of thirty times the first one, or no number.
// Too low: since the start no step that was measured changed more than 0.01 %, and the last losses
// are above 0.95 of the first (0.8 where all steps together are below 0.5 %), four looks on: so the
// end of a schedule is healthy.
// Read before: training_doctor.h. Read next: rate_check.cpp.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/core/variable.h>
#include <reel/optim/run/metric.h>
#include <reel/optim/run/saved_state.h>

namespace reel::detail {

class RateCheck {
 public:
  explicit RateCheck(Index every) : every_(every) {}

  /// The weights before the next step; their memory is shared until that writes.
  void keep(const std::vector<Variable>& variables);
  /// How much the step after `keep` has changed them.
  void measure();
  /// The loss that the last step was to lower. To be called after `measure` of that step.
  void count(double loss);
  /// At a look, after the step's `count`.
  void look();

  /// Said at once.
  bool has_diverged() const { return has_diverged_; }
  bool is_too_high() const { return has_diverged_ || suspicions_ >= enough_suspicions; }
  /// Something may be too high, but it is too early to say so.
  bool is_suspicious() const { return suspicions_ > 0; }
  /// A large change was followed by a loss of three times the first one: what is odd later may come
  /// from that.
  bool has_overshot() const;
  bool is_too_low() const;
  std::string text_of_too_high() const;
  std::string text_of_too_low() const;
  /// The start is not known: nothing is too low.
  void forget_start() { knows_start_ = false; }

  void save(SavedState& state) const;
  void load(const SavedState& state);

 private:
  static constexpr Index enough_suspicions = 2;

  const Index every_;
  std::vector<std::pair<Variable, Tensor>> before_;
  Index steps_ = 0, periods_ = 0, suspicions_ = 0;
  bool has_diverged_ = false, knows_start_ = true;
  double last_ = 0, largest_ = 0;  // changes as shares
  double largest_later_ = 0;       // without the first step, which constraints may make large
  std::string most_;               // the kernel that the largest one changed most
  double first_loss_ = 0, last_loss_ = 0, highest_loss_ = 0, recent_ = 0, best_ = 0,
         first_period_ = 0, period_ = 0;
  Mean since_look_, in_period_;
  Index since_look_count_ = 0;
};

}  // namespace reel::detail
