#include <reel/optim/run/reduce_on_plateau.h>

#include <algorithm>

#include <reel/core/error.h>
#include <reel/optim/run/training_run.h>

namespace reel {

ReduceOnPlateau::ReduceOnPlateau(const ReduceOnPlateauOptions& options)
    : Callback(options.name),
      options_(options),
      monitor_("ReduceOnPlateau", options.monitor, options.better, options.min_delta) {
  if (!(options.factor >= 0 && options.factor < 1))
    throw ValueError("ReduceOnPlateau: factor must be in [0, 1); got {}", options.factor);
  if (options.patience < 0)
    throw ValueError("ReduceOnPlateau: patience must be >= 0; got {}", options.patience);
  if (options.cooldown < 0)
    throw ValueError("ReduceOnPlateau: cooldown must be >= 0; got {}", options.cooldown);
  if (!(options.min_learning_rate >= 0))
    throw ValueError("ReduceOnPlateau: min_learning_rate must be >= 0; got {}",
                     options.min_learning_rate);
}

void ReduceOnPlateau::check(const TrainingRun& run) {
  monitor_.check(run);
  if (!run.optimizer.rate().is_number())
    throw ValueError(
        "ReduceOnPlateau: the learning rate of {} must be a number; it is a schedule or a function",
        run.optimizer.name());
}

void ReduceOnPlateau::on_start(TrainingRun& run) {
  if (run.is_restored(*this)) return;
  monitor_.reset();
  wait_ = cooling_ = 0;
}

void ReduceOnPlateau::on_epoch(TrainingRun& run) {
  if (cooling_ > 0) {
    --cooling_;
    wait_ = 0;
  }
  if (monitor_.improves(run)) {
    wait_ = 0;
    return;
  }
  if (cooling_ > 0 || ++wait_ < options_.patience) return;
  const double rate = run.optimizer.learning_rate();
  const double lower = std::max(rate * options_.factor, options_.min_learning_rate);
  if (lower < rate) run.optimizer.set_learning_rate(lower);
  cooling_ = options_.cooldown;
  wait_ = 0;
}

SavedState ReduceOnPlateau::state() const {
  SavedState state;
  state.set("wait", wait_);
  state.set("cooling", cooling_);
  state.set("best", monitor_.best());
  return state;
}

void ReduceOnPlateau::set_state(const SavedState& state) {
  const Index wait = state.index("wait"), cooling = state.index("cooling");
  monitor_.set_best(state.number("best"));
  wait_ = wait;
  cooling_ = cooling;
}

}  // namespace reel
