// ReduceOnPlateau: lowers the learning rate when a figure does not get better.
//
// Source: Keras's ReduceLROnPlateau. Read before: monitor.h.
#pragma once

#include <string>

#include <reel/core/runtime/empty_braces.h>
#include <reel/optim/run/callback.h>
#include <reel/optim/run/monitor.h>

namespace reel {

struct ReduceOnPlateauOptions {
  std::string monitor = "validation_loss";
  double factor = 0.1;      ///< what the rate is multiplied by, in [0, 1)
  Index patience = 10;      ///< epochs without an improvement that are waited
  double min_delta = 1e-4;  ///< less is no improvement
  Index cooldown = 0;       ///< epochs after a reduction in which none is counted
  double min_learning_rate = 0;
  Better better = Better::automatic;
  std::string name = "reduce_on_plateau";
};

class ReduceOnPlateau final : public Callback {
 public:
  /// ValueError for a factor outside [0, 1), and for what is negative.
  explicit ReduceOnPlateau(const ReduceOnPlateauOptions& options = {});
  explicit ReduceOnPlateau(EmptyBraces) : ReduceOnPlateau() {}

  /// ValueError when the rate is no number, but a schedule or a function.
  void check(const TrainingRun& run) override;
  void on_start(TrainingRun& run) override;
  void on_epoch(TrainingRun& run) override;
  SavedState state() const override;
  void set_state(const SavedState& state) override;

 private:
  ReduceOnPlateauOptions options_;
  Monitor monitor_;
  Index wait_ = 0, cooling_ = 0;
};

}  // namespace reel
