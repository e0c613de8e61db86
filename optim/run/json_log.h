// JsonLog: a training in a file of JSON objects, a line an epoch.
//
// Lines of epochs have the keys `epoch` and the figures: loss, metrics, validation_loss, ...,
// learning_rate, seconds. The others have a key `event`: start (seed, options, versions),
// interrupted and resumed (epoch, step), end (epoch, step, and why if a callback stopped it). A
// training that goes on from a checkpoint appends, where that was written.
// Read before: json_lines.h, callback.h. Read next: csv_log.h.
#pragma once

#include <filesystem>
#include <optional>

#include <reel/core/runtime/config.h>
#include <reel/optim/run/callback.h>
#include <reel/optim/run/json_lines.h>

namespace reel {

struct JsonLogOptions {
  Config options = {};  ///< what the line of the start says besides: the program's own choices
  std::string name = "json_log";
};

class JsonLog final : public Callback {
 public:
  /// IoError when the file cannot be written; it is changed by the training's start only.
  explicit JsonLog(const std::filesystem::path& path, const JsonLogOptions& options = {});

  /// IoError when the file is not that of the checkpoint.
  void check(const TrainingRun& run) override;
  void on_start(TrainingRun& run) override;
  void on_epoch(TrainingRun& run) override;
  void on_interrupt(TrainingRun& run) override;
  void on_end(TrainingRun& run) override;
  SavedState state() const override;
  void set_state(const SavedState& state) override;

 private:
  std::filesystem::path path_;
  JsonLogOptions options_;
  std::optional<SavedState> end_;  // of the file when a checkpoint was written
  std::optional<JsonLines> lines_;
};

}  // namespace reel
