// Rates that fall, by a formula or in steps; and one that stays.
//
// x is the number of steps done before the one that the rate is for. `staircase` rounds x / steps
// down, so that the rate falls at once after each `decay_steps`. Sources: tf.keras.optimizers.
// schedules; Constant is ours. Read before: schedule_of.h. Read next: cosine_decays.h.
#pragma once

#include <string>
#include <vector>

#include <reel/optim/schedules/schedule_of.h>

namespace reel::schedules {

struct ConstantOptions {
  double learning_rate = not_given;
};
/// The same rate at each step: what WarmUp ends in, for one.
class Constant : public ScheduleOf<Constant, ConstantOptions> {
 public:
  /// ValueError for a rate that is not given or negative.
  explicit Constant(const ConstantOptions& options);
  double operator()(Index step) const;
};

struct ExponentialDecayOptions {
  double initial_learning_rate = not_given;
  double decay_steps = not_given;
  double decay_rate = not_given;
  bool staircase = false;
  std::string name = {};
};
/// initial_learning_rate decay_rate^(x / decay_steps)
class ExponentialDecay : public ScheduleOf<ExponentialDecay, ExponentialDecayOptions> {
 public:
  /// ValueError for what is not given, negative rates, decay_steps <= 0.
  explicit ExponentialDecay(const ExponentialDecayOptions& options);
  double operator()(Index step) const;
};

struct InverseTimeDecayOptions {
  double initial_learning_rate = not_given;
  double decay_steps = not_given;
  double decay_rate = not_given;
  bool staircase = false;
  std::string name = {};
};
/// initial_learning_rate / (1 + decay_rate x / decay_steps)
class InverseTimeDecay : public ScheduleOf<InverseTimeDecay, InverseTimeDecayOptions> {
 public:
  /// ValueError for what is not given, negative rates, decay_steps <= 0.
  explicit InverseTimeDecay(const InverseTimeDecayOptions& options);
  double operator()(Index step) const;
};

struct PolynomialDecayOptions {
  double initial_learning_rate = not_given;
  double decay_steps = not_given;
  double end_learning_rate = 0.0001;
  double power = 1.0;
  bool cycle = false;
  std::string name = {};
};
/// (initial - end) (1 - min(x, steps) / steps)^power + end. With `cycle`, steps are the next
/// multiple of decay_steps that is not below x (and not 0), so that the rate jumps up again.
class PolynomialDecay : public ScheduleOf<PolynomialDecay, PolynomialDecayOptions> {
 public:
  /// ValueError for what is not given, negative numbers, decay_steps <= 0.
  explicit PolynomialDecay(const PolynomialDecayOptions& options);
  double operator()(Index step) const;
};

struct PiecewiseConstantDecayOptions {
  std::vector<double> boundaries = {};  ///< in steps, rising
  std::vector<double> values = {};      ///< rates, one more than there are boundaries
  std::string name = {};
};
/// values[i] for boundaries[i - 1] < x <= boundaries[i]: a boundary belongs to what ends there.
class PiecewiseConstantDecay
    : public ScheduleOf<PiecewiseConstantDecay, PiecewiseConstantDecayOptions> {
 public:
  /// ValueError unless there is one value more than boundaries, these rise and no value is
  /// negative.
  explicit PiecewiseConstantDecay(const PiecewiseConstantDecayOptions& options);
  double operator()(Index step) const;
};

}  // namespace reel::schedules
