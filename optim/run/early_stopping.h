// EarlyStopping: ends a training that does not get better any more.
//
// Source: Keras's callback of that name; here the best weights come back unless that is declined,
// however the training ends, but for Ctrl-C, after which it is to go on. As there, the first
// epoch's weights are the best until an epoch is better, and it does not stop a training. Read
// before: monitor.h. Read next: reduce_on_plateau.h.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <reel/core/runtime/empty_braces.h>
#include <reel/core/variable.h>
#include <reel/optim/run/callback.h>
#include <reel/optim/run/monitor.h>

namespace reel {

struct EarlyStoppingOptions {
  std::string monitor = "validation_loss";
  double min_delta = 0;  ///< less is no improvement
  Index patience = 0;    ///< epochs without one that are waited
  Better better = Better::automatic;
  bool restore_best_weights = true;
  std::string name = "early_stopping";
};

class EarlyStopping final : public Callback {
 public:
  /// ValueError when min_delta or patience is negative.
  explicit EarlyStopping(const EarlyStoppingOptions& options = {});
  explicit EarlyStopping(EmptyBraces) : EarlyStopping() {}

  /// The best value, and the epoch that had it; 0 before there is one.
  double best() const { return monitor_.best(); }
  Index best_epoch() const { return best_epoch_; }

  void check(const TrainingRun& run) override { monitor_.check(run); }
  void on_start(TrainingRun& run) override;
  void on_epoch(TrainingRun& run) override;
  void on_end(TrainingRun& run) override;
  SavedState state() const override;
  void set_state(const SavedState& state) override;

 private:
  void stop_if_due(TrainingRun& run) const;
  void keep_weights(const Layer& net);

  EarlyStoppingOptions options_;
  Monitor monitor_;
  Index wait_ = 0, best_epoch_ = 0;
  std::vector<std::pair<std::string, Tensor>> best_weights_;  // by name; copies cost no memory
};

}  // namespace reel
