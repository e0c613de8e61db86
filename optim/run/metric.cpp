// What all metrics check, before anything is counted.
//
// Read before: metric.h. Read next: class_metrics.cpp.
#include <reel/optim/run/metric.h>

#include <algorithm>
#include <cmath>

#include <reel/core/error.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/core/recording.h>

namespace reel {
namespace {

void check_predictions(const std::string& name, const Tensor& predictions) {
  if (!predictions.defined())
    throw ValueError("{}: predictions are needed; got an undefined tensor", name);
  if (predictions.rank() < 1)
    throw ValueError("{}: predictions must have an axis of samples; got shape ()", name);
}

// One weight a sample; (n, 1) counts as (n,).
std::vector<double> checked_weights(const std::string& name, const Tensor& weights, Index n) {
  if (!weights.defined()) return std::vector<double>(static_cast<std::size_t>(n), 1.0);
  const bool is_column = weights.rank() == 2 && weights.shape()[1] == 1;
  if ((weights.rank() != 1 && !is_column) || weights.shape()[0] != n)
    throw ValueError("{}: weights must be one for each of {} samples; got shape {}", name, n,
                     weights.shape());
  std::vector<double> values = weights.to_vector();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!(values[i] >= 0) || std::isinf(values[i]))
      throw ValueError("{}: weights must be finite and >= 0; got {} at {}", name, values[i], i);
  return values;
}

Tensor without_last_axis_of_one(const Tensor& x) {
  return reshape(x, x.shape().without(x.rank() - 1));
}

}  // namespace

void Metric::update(const Tensor& predictions, ListOf<std::int32_t> labels, const Tensor& weights) {
  const PauseRecording pause;
  check_predictions(name_, predictions);
  const Index n = predictions.shape()[0];
  if (static_cast<Index>(labels.size()) != n)
    throw ValueError("{}: labels must be one for each of {} samples; got {}", name_, n,
                     labels.size());
  count(predictions, labels, checked_weights(name_, weights, n));
}

void Metric::update(const Tensor& predictions_in, const Tensor& targets_in, const Tensor& weights) {
  const PauseRecording pause;
  check_predictions(name_, predictions_in);
  if (!targets_in.defined())
    throw ValueError("{}: targets are needed; got an undefined tensor", name_);
  Tensor predictions = predictions_in, targets = targets_in;
  if (targets.rank() == predictions.rank() + 1 && targets.shape()[-1] == 1)
    targets = without_last_axis_of_one(targets);
  else if (predictions.rank() == targets.rank() + 1 && predictions.shape()[-1] == 1)
    predictions = without_last_axis_of_one(predictions);
  if (predictions.shape() != targets.shape() || predictions.rank() < 1)
    throw ValueError("{}: targets must have the shape of the predictions, {}; got {}", name_,
                     predictions_in.shape(), targets_in.shape());
  count(predictions, targets, checked_weights(name_, weights, predictions.shape()[0]));
}

void Metric::update(const Tensor& predictions, const Batch& batch, const Tensor& weights) {
  if (batch.targets.defined())
    update(predictions, batch.targets, weights);
  else
    update(predictions, ListOf<std::int32_t>(batch.labels), weights);
}

void Metric::count(const Tensor&, ListOf<std::int32_t>, ListOf<double>) {
  throw TypeError("{}: the targets must be numbers; got classes", name_);
}

void Metric::count(const Tensor&, const Tensor&, ListOf<double>) {
  throw TypeError("{}: the targets must be classes, as integers; got numbers", name_);
}

void Metric::check_state(ListOf<double> state, std::size_t wanted) const {
  if (state.size() != wanted)
    throw ValueError("{}: its state must be {} numbers; got {}", name_, wanted, state.size());
}

void Mean::set_state(ListOf<double> state) {
  if (state.size() != 2)
    throw ValueError("Mean: its state must be 2 numbers; got {}", state.size());
  sum_ = state[0];
  weight_ = state[1];
}

}  // namespace reel
