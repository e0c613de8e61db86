#include <reel/optim/schedules/cycles.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <reel/optim/optimizer.h>
#include <reel/optim/schedules/schedule_of_members.h>

namespace reel::schedules {
namespace {

void check_whole_steps(const char* schedule, const char* parameter, double value) {
  check_steps(schedule, parameter, value);
  if (value != std::trunc(value))
    throw ValueError("{}: {} must be a whole number; got {}", schedule, parameter, value);
}

}  // namespace

WarmUp::WarmUp(const WarmUpOptions& options) : ScheduleOf(options) {
  check_whole_steps("WarmUp", "warmup_steps", options.warmup_steps);
  check_rate("WarmUp", "warmup_learning_rate", options.warmup_learning_rate);
  if (options.then.is_number()) check_rate("WarmUp", "then", options.then.at(0));
}
double WarmUp::operator()(Index step) const {
  const auto& o = options_;
  const Index steps = static_cast<Index>(o.warmup_steps);
  if (step >= steps) return o.then.at(step - steps);
  const double share = static_cast<double>(step) / o.warmup_steps;
  return o.warmup_learning_rate + (o.then.at(0) - o.warmup_learning_rate) * share;
}

OneCycle::OneCycle(const OneCycleOptions& options) : ScheduleOf(options) {
  check_rate("OneCycle", "max_learning_rate", options.max_learning_rate);
  check_whole_steps("OneCycle", "total_steps", options.total_steps);
  detail::check_share("OneCycle", "pct_start", options.pct_start);
  check_steps("OneCycle", "div_factor", options.div_factor);
  check_steps("OneCycle", "final_div_factor", options.final_div_factor);
}
// Two ways from one rate to another; the top is not a step where pct_start total_steps is not
// whole.
double OneCycle::operator()(Index step) const {
  const auto& o = options_;
  const double first = o.max_learning_rate / o.div_factor, last = first / o.final_div_factor;
  const double top = o.pct_start * o.total_steps - 1, end = o.total_steps - 1;
  const double x = std::min(static_cast<double>(step), end);
  const auto between = [&](double from, double to, double share) {
    if (o.linear) return from + (to - from) * share;
    return to + (from - to) * 0.5 * (1 + std::cos(std::numbers::pi * share));
  };
  if (x <= top) return between(first, o.max_learning_rate, top > 0 ? x / top : 1);
  return end > top ? between(o.max_learning_rate, last, (x - top) / (end - top)) : last;
}

// --- configs -----------------------------------------------------------------------------------

void visit_fields(WarmUpOptions& o, auto& field) {
  field("warmup_steps", o.warmup_steps);
  field("then", o.then);
  field("warmup_learning_rate", o.warmup_learning_rate);
}

void visit_fields(OneCycleOptions& o, auto& field) {
  field("max_learning_rate", o.max_learning_rate);
  field("total_steps", o.total_steps);
  field("pct_start", o.pct_start);
  field("div_factor", o.div_factor);
  field("final_div_factor", o.final_div_factor);
  field("linear", o.linear);
}

template class ScheduleOf<WarmUp, WarmUpOptions>;
template class ScheduleOf<OneCycle, OneCycleOptions>;

}  // namespace reel::schedules
