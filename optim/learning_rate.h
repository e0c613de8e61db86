// LearningRate: a number, a function of the number of steps done, or a function of nothing.
//
// One type for all, so that a schedule, or something that reads a variable of the user's, can stand
// wherever a rate can. Read next: optimizer.h.
#pragma once

#include <functional>
#include <type_traits>

#include <reel/core/dtype.h>

namespace reel {

class LearningRate {
 public:
  template <class T>
  requires(std::is_arithmetic_v<T>) LearningRate(T rate) : rate_(static_cast<double>(rate)) {}

  /// `schedule(iterations)` is asked before each step; the first has iterations 0.
  template <class F>
  requires(!std::is_same_v<std::decay_t<F>, LearningRate> &&
           std::is_invocable_r_v<double, const std::decay_t<F>&, Index>) LearningRate(F&& schedule)
      : schedule_(std::forward<F>(schedule)) {}

  /// `rate()` is asked before each step.
  template <class F>
  requires(!std::is_same_v<std::decay_t<F>, LearningRate> &&
           !std::is_invocable_v<const std::decay_t<F>&, Index> &&
           std::is_invocable_r_v<double, const std::decay_t<F>&>) LearningRate(F&& rate)
      : schedule_([rate = std::forward<F>(rate)](Index) { return static_cast<double>(rate()); }) {}

  bool is_number() const { return !schedule_; }
  double at(Index iterations) const { return schedule_ ? schedule_(iterations) : rate_; }

 private:
  double rate_ = 0;
  std::function<double(Index)> schedule_;
};

}  // namespace reel
