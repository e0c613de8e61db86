#include "fashion_mnist_schedules.h"

#include <algorithm>
#include <cmath>

#include <reel/optim/schedules/schedules.h>

using namespace reel;

namespace {

// The lowest rate of those that fall to a share of the highest one.
double floor_of(double peak) { return peak / 100; }

schedules::CosineDecay cosine(double peak, double steps) {
  return schedules::CosineDecay({.initial_learning_rate = peak, .decay_steps = steps});
}

}  // namespace

const Schedules& fashion_mnist_schedules() {
  static const Schedules all{
      {"constant", [](double peak, double) -> LearningRate { return peak; }},
      {"cosine", [](double peak, double steps) -> LearningRate { return cosine(peak, steps); }},
      {"cosine_restarts",
       [](double peak, double steps) -> LearningRate {
         return schedules::CosineDecayRestarts(
             {.initial_learning_rate = peak, .first_decay_steps = steps / 3, .alpha = 0.01});
       }},
      {"exponential",
       [](double peak, double steps) -> LearningRate {
         return schedules::ExponentialDecay({.initial_learning_rate = peak,
                                             .decay_steps = steps,
                                             .decay_rate = floor_of(peak) / peak});
       }},
      {"inverse_time",
       [](double peak, double steps) -> LearningRate {
         return schedules::InverseTimeDecay({.initial_learning_rate = peak,
                                             .decay_steps = steps,
                                             .decay_rate = peak / floor_of(peak)});
       }},
      {"one_cycle",
       [](double peak, double steps) -> LearningRate {
         return schedules::OneCycle({.max_learning_rate = peak, .total_steps = steps});
       }},
      {"piecewise",
       [](double peak, double steps) -> LearningRate {
         return schedules::PiecewiseConstantDecay({.boundaries = {steps / 2, steps * 3 / 4},
                                                   .values = {peak, peak / 10, floor_of(peak)}});
       }},
      {"polynomial",
       [](double peak, double steps) -> LearningRate {
         return schedules::PolynomialDecay({.initial_learning_rate = peak,
                                            .decay_steps = steps,
                                            .end_learning_rate = floor_of(peak),
                                            .power = 2.0});
       }},
      {"warm_up", [](double peak, double steps) -> LearningRate {
         return schedules::WarmUp(
             {.warmup_steps = std::max(1.0, std::floor(steps / 20)), .then = cosine(peak, steps)});
       }}};
  return all;
}
