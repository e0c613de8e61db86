// fit: the loop that every training has, written once.
//
//   Loader loader(train, {.size = 64, .shuffle = true, .seed = 1});
//   Adam adam;
//   Accuracy accuracy;
//   ProgressBar bar;
//   fit(net, loader, adam, {.loss = [](const Tensor& y, const Batch& batch) {
//                             return softmax_cross_entropy(y, batch.labels);
//                           },
//                           .epochs = 10, .validation = validation,
//                           .metrics = {&accuracy}, .callbacks = {&bar}});
//
// It hides nothing: its body is the loop that a program writes by hand, with calls to what counts
// and looks on (training_run.h), all of them public; the same loop by hand gives the same bits.
// Read before: fit_options.h, micro_batches.h. Read next: fit.cpp.
#pragma once

#include <reel/core/io/loader.h>
#include <reel/layers/base/layer.h>
#include <reel/optim/optimizer.h>
#include <reel/optim/run/fit_options.h>
#include <reel/optim/run/history.h>

namespace reel {

/// Trains `net` on the passes of `loader`. ValueError for options that do not fit, when the loss is
/// no scalar, and before a step whose loss is not finite; RuntimeError inside of another fit, or
/// beside it, unless one of the two has `.interruptible = false`; what callbacks, checkpoints, net
/// and optimizer throw.
History fit(Layer& net, Loader& loader, Optimizer& optimizer, const FitOptions& options);

}  // namespace reel
