// A training in a file, and back: with the same bits afterwards.
//
// The file is that of `save_weights`, in the safetensors format, and more: everything else that a
// training is made of stands under `state/`, which `load_weights` skips, so one file serves to go
// on and to predict. There are, as tensors, the optimizer's slots (`state/slots/NAME/KIND`, by the
// name of their variable), its numbers, the sums of loss and metrics, what callbacks keep; as texts
// the counters of steps, epochs, samples and random numbers, the configs of net and optimizer with
// its schedule, the format. Between two steps that is all there is (training_run.h).
// Invariant: a file that does not fit is refused with what differs, before net, optimizer, loader
// or random numbers change; callbacks and metrics begin anew with the next training. Price: a
// learning rate or a group that is a function of the program's has no config, so nobody compares
// it. Read before: training_run.h, saved_weights.h. Read next: model_checkpoint.h.
#pragma once

#include <filesystem>

#include <reel/layers/base/saved_weights.h>
#include <reel/optim/run/training_run.h>

namespace reel {

/// Writes all of it, to be called between two steps; an older file is only replaced by a whole one.
/// ValueError for a weight or a text whose name begins with `state/`; as `save_weights`.
void save_training(const TrainingRun& run, const std::filesystem::path& file,
                   const WeightsMetadata& texts = {});

/// Reads what `save_training` wrote, before `TrainingRun::start`; returns the program's texts. The
/// learning rate comes from the file, unless that was a function. ValueError when net, optimizer or
/// data are others than those that were saved; IoError when the file cannot be read, is no
/// checkpoint, or one of another format.
WeightsMetadata load_training(const std::filesystem::path& file, TrainingRun& run);

}  // namespace reel
