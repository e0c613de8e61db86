#include <reel/optim/run/early_stopping.h>

#include <reel/core/error.h>
#include <reel/layers/base/assign_all.h>
#include <reel/layers/base/saved_weights.h>
#include <reel/optim/run/training_run.h>

namespace reel {

EarlyStopping::EarlyStopping(const EarlyStoppingOptions& options)
    : Callback(options.name),
      options_(options),
      monitor_("EarlyStopping", options.monitor, options.better, options.min_delta) {
  if (options.patience < 0)
    throw ValueError("EarlyStopping: patience must be >= 0; got {}", options.patience);
}

void EarlyStopping::on_start(TrainingRun& run) {
  if (!run.is_restored(*this)) {
    monitor_.reset();
    wait_ = best_epoch_ = 0;
    best_weights_.clear();
  }
  if (wait_ > 0) stop_if_due(run);
}

void EarlyStopping::stop_if_due(TrainingRun& run) const {
  if (wait_ < std::max<Index>(options_.patience, 1) || run.epoch() == 1) return;
  if (best_epoch_ == 0)
    return run.stop(
        fmt::format("EarlyStopping: {} has not been a finite number yet", options_.monitor));
  run.stop(fmt::format("EarlyStopping: {} did not get better than {:.6g}, that of epoch {}",
                       options_.monitor, best(), best_epoch_));
}

void EarlyStopping::on_epoch(TrainingRun& run) {
  const bool is_better = monitor_.improves(run);
  if (options_.restore_best_weights && (is_better || best_weights_.empty())) keep_weights(run.net);
  if (is_better) {
    wait_ = 0;
    best_epoch_ = run.epoch();
  } else {
    ++wait_;
    stop_if_due(run);
  }
}

void EarlyStopping::keep_weights(const Layer& net) {
  best_weights_.clear();
  for (const auto& [name, variable] : named_variables(net))
    best_weights_.emplace_back(name, variable.stored());
}

void EarlyStopping::on_end(TrainingRun& run) {
  if (best_weights_.empty() || run.signal() != 0) return;
  std::vector<Variable> variables;
  std::vector<Tensor> values;
  for (const auto& [name, variable] : named_variables(run.net))
    for (const auto& [best_name, value] : best_weights_)
      if (name == best_name) {
        variables.push_back(variable);
        values.push_back(value);
      }
  detail::assign_all("EarlyStopping", variables, values);
}

SavedState EarlyStopping::state() const {
  SavedState state;
  state.set("wait", wait_);
  state.set("best", best());
  state.set("best_epoch", best_epoch_);
  for (const auto& [name, value] : best_weights_) state.tensors[name] = value;
  return state;
}

void EarlyStopping::set_state(const SavedState& state) {
  const Index wait = state.index("wait"), best_epoch = state.index("best_epoch");
  monitor_.set_best(state.number("best"));
  wait_ = wait;
  best_epoch_ = best_epoch;
  best_weights_.assign(state.tensors.begin(), state.tensors.end());
}

}  // namespace reel
