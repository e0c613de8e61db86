#include <reel/optim/schedules/cosine_decays.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <reel/core/ops/random.h>
#include <reel/optim/schedules/schedule_of_members.h>

namespace reel::schedules {
namespace {

using std::numbers::pi;

double share_done(Index step, double steps) {
  return std::min(static_cast<double>(step), steps) / steps;
}

// From 1 to 0 as f goes from 0 to 1.
double half_cosine(double f) { return 0.5 * (1 + std::cos(pi * f)); }

void check_cosine(const char* schedule, const auto& o) {
  check_rate(schedule, "initial_learning_rate", o.initial_learning_rate);
  check_rate(schedule, "alpha", o.alpha);
}

void check_linear_cosine(const char* schedule, const auto& o) {
  check_cosine(schedule, o);
  check_steps(schedule, "decay_steps", o.decay_steps);
  check_rate(schedule, "num_periods", o.num_periods);
  check_rate(schedule, "beta", o.beta);
}

double linear_cosine(const auto& o, double f, double linear) {
  return o.initial_learning_rate *
         ((o.alpha + linear) * half_cosine(2 * o.num_periods * f) + o.beta);
}

}  // namespace

CosineDecay::CosineDecay(const CosineDecayOptions& options) : ScheduleOf(options) {
  check_cosine("CosineDecay", options);
  check_steps("CosineDecay", "decay_steps", options.decay_steps);
}
double CosineDecay::operator()(Index step) const {
  const auto& o = options_;
  const double f = share_done(step, o.decay_steps);
  return o.initial_learning_rate * ((1 - o.alpha) * half_cosine(f) + o.alpha);
}

CosineDecayRestarts::CosineDecayRestarts(const CosineDecayRestartsOptions& options)
    : ScheduleOf(options) {
  constexpr const char* name = "CosineDecayRestarts";
  check_cosine(name, options);
  check_steps(name, "first_decay_steps", options.first_decay_steps);
  check_rate(name, "m_mul", options.m_mul);
  if (!(options.t_mul >= 1 && std::isfinite(options.t_mul)))
    throw ValueError("{}: t_mul must be a number >= 1; got {}", name, options.t_mul);
}
// Periods are walked, or counted where they are of one length: logarithms would miss a restart by a
// rounding.
double CosineDecayRestarts::operator()(Index step) const {
  const auto& o = options_;
  double x = static_cast<double>(step), length = o.first_decay_steps, period = 0;
  if (o.t_mul == 1) {
    period = std::floor(x / length);
    if ((period + 1) * length <= x) ++period;
    if (period * length > x) --period;
    x -= period * length;
  } else {
    double end = length;  // of the period, and where it begins
    for (double begin = 0; static_cast<double>(step) >= end; ++period) {
      begin = end;
      length *= o.t_mul;
      end = begin + length;
      x = static_cast<double>(step) - begin;
    }
  }
  const double height = (1 - o.alpha) * std::pow(o.m_mul, period);
  return o.initial_learning_rate * (height * half_cosine(x / length) + o.alpha);
}

LinearCosineDecay::LinearCosineDecay(const LinearCosineDecayOptions& options)
    : ScheduleOf(options) {
  check_linear_cosine("LinearCosineDecay", options);
}
double LinearCosineDecay::operator()(Index step) const {
  const double f = share_done(step, options_.decay_steps);
  return linear_cosine(options_, f, 1 - f);
}

NoisyLinearCosineDecay::NoisyLinearCosineDecay(const NoisyLinearCosineDecayOptions& options)
    : ScheduleOf(options) {
  constexpr const char* name = "NoisyLinearCosineDecay";
  check_linear_cosine(name, options);
  check_rate(name, "initial_variance", options.initial_variance);
  check_rate(name, "variance_decay", options.variance_decay);
}
double NoisyLinearCosineDecay::operator()(Index step) const {
  const auto& o = options_;
  const double f = share_done(step, o.decay_steps);
  const double variance =
      o.initial_variance / std::pow(1 + static_cast<double>(step), o.variance_decay);
  const RandomKey key{o.seed, 0, static_cast<std::uint64_t>(step)};
  const double noise = std::sqrt(variance) * randn({}, float64, key).item();
  return std::max(0.0, linear_cosine(o, f, 1 - f + noise));
}

// --- configs -----------------------------------------------------------------------------------

void visit_fields(CosineDecayOptions& o, auto& field) {
  field("initial_learning_rate", o.initial_learning_rate);
  field("decay_steps", o.decay_steps);
  field("alpha", o.alpha);
  field("name", o.name);
}

void visit_fields(CosineDecayRestartsOptions& o, auto& field) {
  field("initial_learning_rate", o.initial_learning_rate);
  field("first_decay_steps", o.first_decay_steps);
  field("t_mul", o.t_mul);
  field("m_mul", o.m_mul);
  field("alpha", o.alpha);
  field("name", o.name);
}

void visit_linear_fields(auto& o, auto& field) {
  field("num_periods", o.num_periods);
  field("alpha", o.alpha);
  field("beta", o.beta);
}

void visit_fields(LinearCosineDecayOptions& o, auto& field) {
  field("initial_learning_rate", o.initial_learning_rate);
  field("decay_steps", o.decay_steps);
  visit_linear_fields(o, field);
  field("name", o.name);
}

void visit_fields(NoisyLinearCosineDecayOptions& o, auto& field) {
  field("initial_learning_rate", o.initial_learning_rate);
  field("decay_steps", o.decay_steps);
  field("initial_variance", o.initial_variance);
  field("variance_decay", o.variance_decay);
  visit_linear_fields(o, field);
  field("seed", o.seed);
  field("name", o.name);
}

template class ScheduleOf<CosineDecay, CosineDecayOptions>;
template class ScheduleOf<CosineDecayRestarts, CosineDecayRestartsOptions>;
template class ScheduleOf<LinearCosineDecay, LinearCosineDecayOptions>;
template class ScheduleOf<NoisyLinearCosineDecay, NoisyLinearCosineDecayOptions>;

}  // namespace reel::schedules
