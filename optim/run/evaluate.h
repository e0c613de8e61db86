// A net's answers without training: figures about a dataset, or the answers themselves.
//
// Both call the net batch by batch with `.training = false`, record nothing and change nothing.
// Read before: fit_options.h, history.h. Read next: fit.h.
#pragma once

#include <vector>

#include <reel/layers/base/layer.h>
#include <reel/optim/run/fit_options.h>
#include <reel/optim/run/history.h>

namespace reel {

/// The mean loss over all samples, with the net's own, and the metrics, which begin anew.
/// ValueError when there is no sample, neither loss nor metric, or a metric is a null pointer.
std::vector<Figure> evaluate(Layer& net, const Dataset& data, const EvaluateOptions& options);

/// What the net makes of each sample, (n, ...), in their order. ValueError when there is no sample
/// or batch_size < 1.
Tensor predict(Layer& net, const Dataset& data, Index batch_size = 256);

namespace detail {

/// ValueError that starts with `op` for a null pointer.
void check_metrics(const char* op, const std::vector<Metric*>& metrics);

}  // namespace detail
}  // namespace reel
