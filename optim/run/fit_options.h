// What `fit` and `evaluate` are told.
//
// Read before: callback.h, metric.h. Read next: fit.h.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include <reel/core/io/dataset.h>
#include <reel/optim/run/callback.h>
#include <reel/optim/run/metric.h>

namespace reel {

/// The mean loss of a batch: `[](const Tensor& y, const Batch& batch) { return
/// softmax_cross_entropy(y, batch.labels); }`.
using BatchLoss = std::function<Tensor(const Tensor& y, const Batch& batch)>;

struct FitOptions {
  BatchLoss loss = {};  ///< without the net's own: regularizers and `add_loss` are added to it
  Index epochs = 1;     ///< counted from the beginning, also by a training that goes on
  std::optional<Dataset> validation = {};  ///< looked at after each epoch
  std::vector<Metric*> metrics = {};       ///< of the training, then of the validation
  std::vector<Callback*> callbacks = {};   ///< told in this order
  Index micro_batches = 1;                 ///< pieces that a batch is cut into (micro_batches.h)
  std::filesystem::path resume = {};       ///< a checkpoint to go on from; empty: begin
  bool interruptible = true;               ///< Ctrl-C ends the training after the step under way
};

struct EvaluateOptions {
  BatchLoss loss = {};                ///< none: no loss among the figures
  std::vector<Metric*> metrics = {};  ///< begin anew
  Index batch_size = 256;
};

}  // namespace reel
