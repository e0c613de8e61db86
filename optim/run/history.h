// What a training or an evaluation has shown, as numbers with names.
//
// Read before: progress.h. Read next: training_run.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <reel/optim/run/progress.h>

namespace reel {

/// What a training has shown.
struct History {
  /// Of each epoch that it finished, in this process: loss, metrics, validation_loss, the metrics
  /// of the validation (`validation_accuracy`), learning_rate (of the last step), seconds (of the
  /// steps alone).
  std::vector<std::vector<Figure>> epochs = {};
  std::string stopped = {};   ///< why a callback ended it; empty when none did
  int signal = 0;             ///< the one that interrupted it; 0 when none did
  Index epoch = 0, step = 0;  ///< of the last step, both from 1
  Index steps = 0;            ///< that an epoch has
};

/// The figure of that name. ValueError that lists the names when there is none.
double figure(ListOf<Figure> figures, std::string_view name);

}  // namespace reel
