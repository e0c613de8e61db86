// CsvLog: a training in a table, a line an epoch, for a spreadsheet.
//
// The first line names the columns: epoch and the figures (history.h). Numbers keep all their
// digits. A training that goes on from a checkpoint appends, where that was written, as long as its
// figures are the same.
// Format: RFC 4180. Read before: log_file.h, callback.h.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <reel/optim/run/callback.h>
#include <reel/optim/run/log_file.h>

namespace reel {

class CsvLog final : public Callback {
 public:
  /// IoError when the file cannot be written; it is changed by the training's start only.
  explicit CsvLog(const std::filesystem::path& path, std::string name = "csv_log");

  /// IoError when the file is not that of the checkpoint; ValueError when it has other columns.
  void check(const TrainingRun& run) override;
  void on_start(TrainingRun& run) override;
  void on_epoch(TrainingRun& run) override;
  SavedState state() const override;
  void set_state(const SavedState& state) override;

 private:
  detail::LogFile file_;
  std::optional<SavedState> end_;  // of the file when a checkpoint was written
  std::string header_;             // of this training
};

}  // namespace reel
