// The members of ScheduleOf, and what schedules refuse: for the one source of a schedule that
// instantiates them. Read before: schedule_of.h, optimizer_fields.h.
#pragma once

#include <cmath>
#include <string>

#include <reel/layers/base/naming.h>
#include <reel/optim/optimizer_fields.h>
#include <reel/optim/schedules/schedule_of.h>

namespace reel::schedules {

// --- what is refused ---------------------------------------------------------------------------

/// ValueError for a rate that was not given or is below 0.
inline void check_rate(const char* schedule, const char* parameter, double value) {
  if (std::isnan(value)) throw ValueError("{}: {} must be given", schedule, parameter);
  if (!(value >= 0 && std::isfinite(value)))
    throw ValueError("{}: {} must be a number >= 0; got {}", schedule, parameter, value);
}

/// ValueError for steps that were not given or are not above 0.
inline void check_steps(const char* schedule, const char* parameter, double value) {
  if (std::isnan(value)) throw ValueError("{}: {} must be given", schedule, parameter);
  if (!(value > 0 && std::isfinite(value)))
    throw ValueError("{}: {} must be a number > 0; got {}", schedule, parameter, value);
}

// --- members -----------------------------------------------------------------------------------

template <class Self, class Options>
Self ScheduleOf<Self, Options>::from_config(const Config& config) {
  Options options;
  detail::ConfigReader reader(config, detail::class_name(typeid(Self)));
  visit_fields(options, reader);
  reader.finish();
  return Self(options);
}

template <class Self, class Options>
Config ScheduleOf<Self, Options>::get_config() const {
  detail::ConfigWriter writer(detail::class_name(typeid(Self)));
  Options options = options_;
  visit_fields(options, writer);
  return std::move(writer.config);
}

template <class Self, class Options>
Config ScheduleOf<Self, Options>::serialize() const {
  return {{"class_name", detail::class_name(typeid(Self))}, {"config", get_config()}};
}

}  // namespace reel::schedules
