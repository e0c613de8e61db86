// Rates that fall along a cosine: once, again and again, with a line, with noise.
//
// x is the number of steps done before the one that the rate is for, f = min(x, decay_steps) /
// decay_steps. Sources: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm
// restarts" (2017); Bello et al., "Neural optimizer search with reinforcement learning" (2017);
// tf.keras.optimizers.schedules and, for the last two, tf.compat.v1.train.
// Read before: decays.h. Read next: cycles.h.
#pragma once

#include <cstdint>
#include <string>

#include <reel/optim/schedules/schedule_of.h>

namespace reel::schedules {

struct CosineDecayOptions {
  double initial_learning_rate = not_given;
  double decay_steps = not_given;
  double alpha = 0.0;  ///< the last rate as a share of the first
  std::string name = {};
};
/// initial ((1 - alpha) (1 + cos(pi f)) / 2 + alpha)
class CosineDecay : public ScheduleOf<CosineDecay, CosineDecayOptions> {
 public:
  /// ValueError for what is not given, negative numbers, decay_steps <= 0.
  explicit CosineDecay(const CosineDecayOptions& options);
  double operator()(Index step) const;
};

struct CosineDecayRestartsOptions {
  double initial_learning_rate = not_given;
  double first_decay_steps = not_given;
  double t_mul = 2.0;  ///< how much longer each period is; at least 1
  double m_mul = 1.0;  ///< how much higher each begins
  double alpha = 0.0;
  std::string name = {};
};
/// CosineDecay over and over: period i lasts first_decay_steps t_mul^i steps and begins at
/// m_mul^i initial. A period begins at exactly the step where the last one ends.
class CosineDecayRestarts : public ScheduleOf<CosineDecayRestarts, CosineDecayRestartsOptions> {
 public:
  /// ValueError for what is not given, negative numbers, first_decay_steps <= 0, t_mul < 1.
  explicit CosineDecayRestarts(const CosineDecayRestartsOptions& options);
  double operator()(Index step) const;
};

struct LinearCosineDecayOptions {
  double initial_learning_rate = not_given;
  double decay_steps = not_given;
  double num_periods = 0.5;
  double alpha = 0.0;
  double beta = 0.001;
  std::string name = {};
};
/// initial ((alpha + 1 - f) (1 + cos(2 pi num_periods f)) / 2 + beta)
class LinearCosineDecay : public ScheduleOf<LinearCosineDecay, LinearCosineDecayOptions> {
 public:
  /// ValueError for what is not given, negative numbers, decay_steps <= 0.
  explicit LinearCosineDecay(const LinearCosineDecayOptions& options);
  double operator()(Index step) const;
};

struct NoisyLinearCosineDecayOptions {
  double initial_learning_rate = not_given;
  double decay_steps = not_given;
  double initial_variance = 1.0;
  double variance_decay = 0.55;
  double num_periods = 0.5;
  double alpha = 0.0;
  double beta = 0.001;
  std::uint64_t seed = 0;
  std::string name = {};
};
/// LinearCosineDecay, to whose linear term 1 - f a normal number is added of the variance
/// initial_variance / (1 + x)^variance_decay; never below 0, which no optimizer takes. The number
/// is one of seed and step alone: the same whenever it is asked for.
class NoisyLinearCosineDecay
    : public ScheduleOf<NoisyLinearCosineDecay, NoisyLinearCosineDecayOptions> {
 public:
  /// ValueError for what is not given, negative numbers, decay_steps <= 0.
  explicit NoisyLinearCosineDecay(const NoisyLinearCosineDecayOptions& options);
  double operator()(Index step) const;
};

}  // namespace reel::schedules
