// ProgressBar: shows how `fit` goes on, with Progress.
//
// Read before: callback.h, progress.h.
#pragma once

#include <optional>

#include <reel/core/runtime/empty_braces.h>
#include <reel/optim/run/callback.h>
#include <reel/optim/run/progress.h>

namespace reel {

class ProgressBar final : public Callback {
 public:
  explicit ProgressBar(const ProgressOptions& options = {});
  explicit ProgressBar(EmptyBraces) : ProgressBar() {}

  void on_start(TrainingRun& run) override;
  void on_step(TrainingRun& run) override;
  void on_epoch(TrainingRun& run) override;
  void on_end(TrainingRun& run) override;

 private:
  ProgressOptions options_;
  std::optional<Progress> progress_;
};

}  // namespace reel
