#include <reel/optim/schedules/decays.h>

#include <algorithm>
#include <cmath>

#include <reel/core/runtime/joined.h>
#include <reel/optim/schedules/schedule_of_members.h>

namespace reel::schedules {
namespace {

void check_decay(const char* schedule, const auto& o) {
  check_rate(schedule, "initial_learning_rate", o.initial_learning_rate);
  check_steps(schedule, "decay_steps", o.decay_steps);
  check_rate(schedule, "decay_rate", o.decay_rate);
}

// How many times decay_steps have gone by.
double periods(Index step, double decay_steps, bool staircase) {
  const double done = static_cast<double>(step) / decay_steps;
  return staircase ? std::floor(done) : done;
}

}  // namespace

Constant::Constant(const ConstantOptions& options) : ScheduleOf(options) {
  check_rate("Constant", "learning_rate", options.learning_rate);
}
double Constant::operator()(Index) const { return options_.learning_rate; }

ExponentialDecay::ExponentialDecay(const ExponentialDecayOptions& options) : ScheduleOf(options) {
  check_decay("ExponentialDecay", options);
}
double ExponentialDecay::operator()(Index step) const {
  const auto& o = options_;
  return o.initial_learning_rate *
         std::pow(o.decay_rate, periods(step, o.decay_steps, o.staircase));
}

InverseTimeDecay::InverseTimeDecay(const InverseTimeDecayOptions& options) : ScheduleOf(options) {
  check_decay("InverseTimeDecay", options);
}
double InverseTimeDecay::operator()(Index step) const {
  const auto& o = options_;
  return o.initial_learning_rate / (1 + o.decay_rate * periods(step, o.decay_steps, o.staircase));
}

PolynomialDecay::PolynomialDecay(const PolynomialDecayOptions& o) : ScheduleOf(o) {
  check_rate("PolynomialDecay", "initial_learning_rate", o.initial_learning_rate);
  check_steps("PolynomialDecay", "decay_steps", o.decay_steps);
  check_rate("PolynomialDecay", "end_learning_rate", o.end_learning_rate);
  check_rate("PolynomialDecay", "power", o.power);
}
// The number of cycles is the smallest that reaches x: decided by products, not by a quotient.
double PolynomialDecay::operator()(Index step) const {
  const auto& o = options_;
  const double x = static_cast<double>(step);
  double steps = o.decay_steps;
  if (o.cycle && x > 0) {
    double cycles = std::ceil(x / o.decay_steps);
    if ((cycles - 1) * o.decay_steps >= x) --cycles;
    if (cycles * o.decay_steps < x) ++cycles;
    steps *= cycles;
  }
  const double left = 1 - std::min(x, steps) / steps;
  return (o.initial_learning_rate - o.end_learning_rate) * std::pow(left, o.power) +
         o.end_learning_rate;
}

PiecewiseConstantDecay::PiecewiseConstantDecay(const PiecewiseConstantDecayOptions& o)
    : ScheduleOf(o) {
  if (o.values.size() != o.boundaries.size() + 1)
    throw ValueError(
        "PiecewiseConstantDecay: there must be one value more than boundaries; got {} and {}",
        o.values.size(), o.boundaries.size());
  for (std::size_t i = 0; i < o.boundaries.size(); ++i)
    if (!std::isfinite(o.boundaries[i]) || (i > 0 && o.boundaries[i] <= o.boundaries[i - 1]))
      throw ValueError("PiecewiseConstantDecay: boundaries must rise; got {}",
                       detail::joined(o.boundaries));
  for (double value : o.values) check_rate("PiecewiseConstantDecay", "each value", value);
}
double PiecewiseConstantDecay::operator()(Index step) const {
  const auto& b = options_.boundaries;
  const auto piece = std::lower_bound(b.begin(), b.end(), static_cast<double>(step)) - b.begin();
  return options_.values[static_cast<std::size_t>(piece)];
}

// --- configs -----------------------------------------------------------------------------------

void visit_fields(ConstantOptions& o, auto& field) { field("learning_rate", o.learning_rate); }

void visit_decay_fields(auto& o, auto& field) {
  field("initial_learning_rate", o.initial_learning_rate);
  field("decay_steps", o.decay_steps);
  field("decay_rate", o.decay_rate);
  field("staircase", o.staircase);
  field("name", o.name);
}
void visit_fields(ExponentialDecayOptions& o, auto& field) { visit_decay_fields(o, field); }
void visit_fields(InverseTimeDecayOptions& o, auto& field) { visit_decay_fields(o, field); }

void visit_fields(PolynomialDecayOptions& o, auto& field) {
  field("initial_learning_rate", o.initial_learning_rate);
  field("decay_steps", o.decay_steps);
  field("end_learning_rate", o.end_learning_rate);
  field("power", o.power);
  field("cycle", o.cycle);
  field("name", o.name);
}

void visit_fields(PiecewiseConstantDecayOptions& o, auto& field) {
  field("boundaries", o.boundaries);
  field("values", o.values);
  field("name", o.name);
}

template class ScheduleOf<Constant, ConstantOptions>;
template class ScheduleOf<ExponentialDecay, ExponentialDecayOptions>;
template class ScheduleOf<InverseTimeDecay, InverseTimeDecayOptions>;
template class ScheduleOf<PolynomialDecay, PolynomialDecayOptions>;
template class ScheduleOf<PiecewiseConstantDecay, PiecewiseConstantDecayOptions>;

}  // namespace reel::schedules
