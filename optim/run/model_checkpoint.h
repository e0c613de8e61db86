// ModelCheckpoint: keeps a training in a file while it goes on.
//
// The file appears whole or not at all, whatever happens to the program or the machine
// (atomic_file.h), so there is always one to go on from: `fit(..., {.resume = file})`. Two of them
// keep the last state and the best. Source: Keras's callback of that name.
// Read before: saved_training.h. Read next: monitor.h.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <reel/optim/run/callback.h>
#include <reel/optim/run/monitor.h>
#include <reel/optim/run/saved_training.h>

namespace reel {

struct ModelCheckpointOptions {
  Index every = 0;  ///< steps between two, besides the ends of epochs and Ctrl-C; 0: those alone
  Index keep = 0;   ///< so many of the last ones stay as FILE.STEP, STEP counted over all epochs
  /// A figure: the file is written at the ends of epochs in which that is the best so far.
  std::string best_of = {};
  Better better = Better::automatic;
  WeightsMetadata texts = {};  ///< stand beside the weights, as those of `save_weights`
  std::string name = {};       ///< empty: model_checkpoint, or best_checkpoint with `best_of`
};

class ModelCheckpoint final : public Callback {
 public:
  /// IoError when the file cannot be written; ValueError for what is negative, or `every` together
  /// with `best_of`.
  explicit ModelCheckpoint(const std::filesystem::path& file,
                           const ModelCheckpointOptions& options = {});

  void check(const TrainingRun& run) override;
  void on_start(TrainingRun& run) override;
  void on_epoch(TrainingRun& run) override;
  void between_steps(TrainingRun& run) override;
  SavedState state() const override;
  void set_state(const SavedState& state) override;

 private:
  bool is_due(const TrainingRun& run) const;
  void keep_numbered(const TrainingRun& run) const;

  std::filesystem::path file_;
  ModelCheckpointOptions options_;
  std::optional<Monitor> monitor_;
  bool is_best_ = false;  // the epoch that has just ended
};

}  // namespace reel
