// ScheduleOf: what a schedule of learning rates has because it was made with options.
//
// A schedule is a value: a function of the number of steps done, from 0, and a config in both
// directions. It stands wherever a LearningRate does. Any other function of an Index does so, too,
// but cannot be written into a config. Rates are computed in float64. The sources name the fields
// of the options once (`visit_fields`) and end with an instantiation of this class; its members are
// defined for the library alone (schedule_of_members.h).
// Read before: learning_rate.h. Read next: decays.h.
#pragma once

#include <limits>
#include <utility>

#include <reel/optim/learning_rate.h>

namespace reel::schedules {

/// Of a number that has to be given.
inline constexpr double not_given = std::numeric_limits<double>::quiet_NaN();

template <class Self, class OptionsOfSelf>
class ScheduleOf {
 public:
  using Options = OptionsOfSelf;

  /// The schedule that a config describes. TypeError for an entry that is no option.
  static Self from_config(const Config& config);

  const Options& options() const { return options_; }
  Config get_config() const;
  /// {class_name, config}: how an optimizer's config holds it.
  Config serialize() const;

 protected:
  explicit ScheduleOf(Options options) : options_(std::move(options)) {}

  Options options_;
};

}  // namespace reel::schedules
