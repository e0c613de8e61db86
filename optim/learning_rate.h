// LearningRate: a number, a function of the number of steps done, or a function of nothing.
//
// One type for all, so that a schedule, or something that reads a variable of the user's, can stand
// wherever a rate can. A schedule (schedules.h) is a function that can say in a config what it is.
// Read next: schedule_of.h, optimizer.h.
#pragma once

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

#include <reel/core/runtime/config.h>

namespace reel {
namespace detail {

template <class F>
concept HasSerialized = requires(const F& f) {
  { f.serialize() } -> std::same_as<Config>;
};

}  // namespace detail

class LearningRate {
 public:
  template <class T>
  requires(std::is_arithmetic_v<T>) LearningRate(T rate) : rate_(static_cast<double>(rate)) {}

  /// `schedule(iterations)` is asked before each step; the first has iterations 0.
  template <class F>
  requires(!std::is_same_v<std::decay_t<F>, LearningRate> &&
           std::is_invocable_r_v<double, const std::decay_t<F>&, Index>) LearningRate(F&& schedule)
      : schedule_(checked(std::forward<F>(schedule))) {
    using S = std::decay_t<F>;
    if constexpr (detail::HasSerialized<S>)
      serialize_ = [](const Schedule& s) { return s.template target<S>()->serialize(); };
  }

  /// `rate()` is asked before each step.
  template <class F>
  requires(!std::is_same_v<std::decay_t<F>, LearningRate> &&
           !std::is_invocable_v<const std::decay_t<F>&, Index> &&
           std::is_invocable_r_v<double, const std::decay_t<F>&>) LearningRate(F&& rate)
      : schedule_([rate = checked(std::forward<F>(rate))](Index) {
          return static_cast<double>(rate());
        }) {}

  bool is_number() const { return !schedule_; }
  double at(Index iterations) const { return schedule_ ? schedule_(iterations) : rate_; }
  /// How it stands in a config: the number; {class_name, config} of a schedule; none of another
  /// function.
  ConfigValue serialize() const {
    if (is_number()) return rate_;
    return serialize_ ? ConfigValue(serialize_(schedule_)) : ConfigValue();
  }

 private:
  // An empty function would be taken for a rate of 0.
  template <class F>
  static F&& checked(F&& rate) {
    if constexpr (requires { rate == nullptr; })
      if (rate == nullptr)
        throw ValueError("learning_rate: a function is needed; got an empty one");
    return std::forward<F>(rate);
  }

  using Schedule = std::function<double(Index)>;
  double rate_ = 0;
  Schedule schedule_;
  Config (*serialize_)(const Schedule&) = nullptr;
};

}  // namespace reel
